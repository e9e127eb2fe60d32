import { dirname } from 'node:path'
import type { Cloud } from '../../../cloud/cloud.ts'
import { resourceFile } from '../../../system/drbd/config-files.ts'
import { drbdadmOn } from '../../../system/nodes/drbdadm.ts'
import { runOn } from '../../../system/nodes/ssh.ts'
import type { System } from '../../../system/system.ts'
import { requireHandlers } from '../drbd-handlers.ts'

/*
 * The DRBD configuration of a cloud on one node. It contains a secret: root alone may read it, and it is never on a command line.
 * The file appears as a whole: every drbdadm, also that of another cloud's agent, reads all files and fails if it cannot parse one.
 */

type Named = Pick<Cloud, 'name'>

/** drbdadm does not read a file of this name. */
const draftFile = ({ name }: Named) => `${resourceFile(name)}.new`

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
export async function writeResourceFile(system: System, node: string, cloud: Named, text: string) {
  await requireHandlers(system, node)
  await writeDraft(system, node, cloud, text)
  await drbdadmOn(system, node, ['--config-to-test', draftFile(cloud), 'sh-nop'])
  await putInPlace(system, node, cloud)
}

/** Writes the new configuration of a cloud that has one, the same way. */
export async function replaceResourceFile(system: System, node: string, cloud: Named, text: string) {
  await writeDraft(system, node, cloud, text)
  // by itself: beside the others it would be there twice
  await drbdadmOn(system, node, ['--config-file', draftFile(cloud), 'sh-nop'])
  await putInPlace(system, node, cloud)
}

/** Puts an earlier text back, whatever drbdadm thinks of it. */
export async function restoreResourceFile(system: System, node: string, cloud: Named, text: string) {
  await writeDraft(system, node, cloud, text)
  await putInPlace(system, node, cloud)
}

async function writeDraft(system: System, node: string, cloud: Named, text: string) {
  const draft = draftFile(cloud)
  // an empty one first, that has its permissions before it has the secret
  await runOn(system, node, ['install', '--mode=600', '--', '/dev/null', draft])
  await runOn(system, node, ['dd', 'status=none', 'conv=fsync', `of=${draft}`], { input: text })
}

async function putInPlace(system: System, node: string, cloud: Named) {
  await runOn(system, node, ['mv', '-T', '--', draftFile(cloud), resourceFile(cloud.name)])
  await runOn(system, node, ['sync', '--', dirname(resourceFile(cloud.name))])
}

export async function removeDraft(system: System, node: string, cloud: Named) {
  await runOn(system, node, ['rm', '-f', '--', draftFile(cloud)])
}

export async function removeResourceFile(system: System, node: string, { name }: Named) {
  await runOn(system, node, ['rm', '-f', '--', resourceFile(name)])
}
