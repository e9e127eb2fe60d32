import type { Cloud } from '../../../cloud/cloud.ts'
import { resourceFile } from '../../../system/drbd/config/files.ts'
import { drbdadmOn } from '../../../system/nodes/drbd/drbdadm.ts'
import { draftOf, putInPlace, removeFiles, writeDraft } from '../../../system/nodes/files/private-files.ts'
import { runOn } from '../../../system/nodes/ssh.ts'
import type { System } from '../../../system/system.ts'
import { requireHandlers } from '../drbd-handlers.ts'

/*
 * The DRBD configuration of a cloud on one node. It contains a secret, so only root may read it, and it never appears on a command
 * line. It is replaced atomically: every drbdadm, including that of another cloud's agent, reads all files and fails if it cannot
 * parse one. Drafts are not read, because of their names.
 */

type Named = Pick<Cloud, 'name'>

/** Whether DRBD has a configuration of this name on the node. */
export async function hasResourceFile(system: System, node: string, { name }: Named): Promise<boolean> {
  const options = { accepted: [0, 1], looks: true } as const
  const { status } = await runOn(system, node, ['test', '-e', resourceFile(name)], options)
  return status === 0
}

/**
 * Writes the configuration of a new cloud; the caller has made sure that none exists.
 * @throws ToolFailed if drbdadm refuses it together with those of the other resources; then it is not installed. Error if the node
 * lacks the handlers.
 */
export async function writeResourceFile(system: System, node: string, { name }: Named, text: string) {
  const file = resourceFile(name)
  await requireHandlers(system, node)
  await writeDraft(system, node, { file, text })
  await drbdadmOn(system, node, ['--config-to-test', draftOf(file), 'sh-nop'])
  await putInPlace(system, node, file)
}

/** Replaces the configuration of an existing cloud, in the same way. */
export async function replaceResourceFile(system: System, node: string, { name }: Named, text: string) {
  const file = resourceFile(name)
  await writeDraft(system, node, { file, text })
  // check it by itself: together with the other files, the resource would be defined twice
  await drbdadmOn(system, node, ['--config-file', draftOf(file), 'sh-nop'])
  await putInPlace(system, node, file)
}

/** Restores an earlier text, whether or not drbdadm accepts it. */
export async function restoreResourceFile(system: System, node: string, { name }: Named, text: string) {
  await writeDraft(system, node, { file: resourceFile(name), text })
  await putInPlace(system, node, resourceFile(name))
}

/** Removes the remains that nothing needs: a draft, and notes of the agents. */
export async function removeDraftAndNotes(system: System, node: string, { name }: Named, notes: readonly string[]) {
  await removeFiles(system, node, [draftOf(resourceFile(name)), ...notes])
}

export async function removeResourceFile(system: System, node: string, { name }: Named) {
  await removeFiles(system, node, [resourceFile(name)])
}
