import type { Cloud } from '../../../cloud/cloud.ts'
import { resourceFile } from '../../../system/drbd/config/files.ts'
import { drbdadmOn } from '../../../system/nodes/drbdadm.ts'
import { draftOf, putInPlace, removeFiles, writeDraft } from '../../../system/nodes/files/private-files.ts'
import { runOn } from '../../../system/nodes/ssh.ts'
import type { System } from '../../../system/system.ts'
import { requireHandlers } from '../drbd-handlers.ts'
import { noteFiles } from './note-files.ts'

/*
 * The DRBD configuration of a cloud on one node. It contains a secret: root alone may read it, and it is never on a command line.
 * The file appears as a whole: every drbdadm, also that of another cloud's agent, reads all files and fails if it cannot parse one.
 * It does not read a draft, because of its name.
 */

type Named = Pick<Cloud, 'name'>

/** Whether DRBD has a configuration of this name on the node. */
export async function hasResourceFile(system: System, node: string, { name }: Named): Promise<boolean> {
  const options = { accepted: [0, 1], looks: true } as const
  const { status } = await runOn(system, node, ['test', '-e', resourceFile(name)], options)
  return status === 0
}

/**
 * Writes the configuration of a new cloud; the caller has made sure that there was none.
 * @throws ToolFailed where drbdadm refuses it beside those of the other resources; nothing reads it then. Error where the node lacks
 * the handlers.
 */
export async function writeResourceFile(system: System, node: string, { name }: Named, text: string) {
  const file = resourceFile(name)
  await requireHandlers(system, node)
  await writeDraft(system, node, { file, text })
  await drbdadmOn(system, node, ['--config-to-test', draftOf(file), 'sh-nop'])
  await putInPlace(system, node, file)
}

/** Writes the new configuration of a cloud that has one, the same way. */
export async function replaceResourceFile(system: System, node: string, { name }: Named, text: string) {
  const file = resourceFile(name)
  await writeDraft(system, node, { file, text })
  // by itself: beside the others it would be there twice
  await drbdadmOn(system, node, ['--config-file', draftOf(file), 'sh-nop'])
  await putInPlace(system, node, file)
}

/** Puts an earlier text back, whatever drbdadm thinks of it. */
export async function restoreResourceFile(system: System, node: string, { name }: Named, text: string) {
  await writeDraft(system, node, { file: resourceFile(name), text })
  await putInPlace(system, node, resourceFile(name))
}

/** Removes what nothing needs that is to be removed: a draft, and what the agents have noted. */
export async function removeDraftAndNotes(system: System, node: string, cloud: Named) {
  await removeFiles(system, node, [draftOf(resourceFile(cloud.name)), ...noteFiles(cloud)])
}

export async function removeResourceFile(system: System, node: string, { name }: Named) {
  await removeFiles(system, node, [resourceFile(name)])
}
