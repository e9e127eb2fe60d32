import { COROSYNC_CONF } from '../../../../system/corosync/conf/corosync-conf.ts'
import { copyBetween } from '../../../../system/nodes/copy.ts'
import { textOn } from '../../../../system/nodes/files/text.ts'
import { runOn } from '../../../../system/nodes/ssh.ts'
import type { Step } from '../../../run/steps.ts'
import { onAllNodes } from '../../init/steps/context.ts'
import { KEY } from '../../init/steps/corosync.ts'
import { withSettings } from '../../init/steps/sbd-settings.ts'
import { SBD_FILE } from '../../init/steps/sbd-steps.ts'
import { type Journal, putFile, setAside } from '../../membership/journal.ts'
import { sharedSettings } from '../sbd-file.ts'
import type { JoinContext } from './context.ts'

/*
 * Steps that write the files of the node that joins.
 */

/** Of this cluster, from this node. It is never input or output of a command, because those may be shown. */
export function copyKey(context: JoinContext): Step {
  const { system, firstNode } = context
  return onAllNodes("writing corosync's key", context, async ({ node }, noted) => {
    await replace(context, KEY, noted)
    await runOn(system, node, ['rm', '-f', KEY])
    await copyBetween(system, KEY, firstNode, node)
  })
}

export function writeConf(context: JoinContext): Step {
  const { system, after } = context
  return onAllNodes('writing corosync.conf', context, async ({ node }, noted) => {
    if (context.isBegun) await replace(context, COROSYNC_CONF, noted)
    await putFile(system, node, { path: COROSYNC_CONF, text: after }, noted)
  })
}

/** A file of this cluster that an earlier run has put there is no file to keep: a copy of the key would stay for ever. */
async function replace({ system, name, isBegun }: JoinContext, path: string, noted: Journal): Promise<void> {
  if (isBegun) return noted.note(name, () => runOn(system, name, ['rm', '-f', path]))
  await setAside(system, name, path, noted)
}

/** As on this node, except for the watchdog. */
export function writeSbdSettings(context: JoinContext): Step {
  const { system, situation } = context
  const settings = sharedSettings(situation.sbdFile)
  return onAllNodes(`writing ${SBD_FILE}`, context, async ({ node }, noted) => {
    const text = withSettings((await textOn(system, node, SBD_FILE)) ?? '', settings)
    await putFile(system, node, { path: SBD_FILE, text }, noted)
  })
}
