import { COROSYNC_CONF, corosyncConf } from '../../../../system/corosync/conf/corosync-conf.ts'
import { copyBetween } from '../../../../system/nodes/copy.ts'
import { runOn } from '../../../../system/nodes/ssh.ts'
import { allOf, type Step } from '../../../run/steps.ts'
import { journal, putFile, setAside } from '../../membership/journal.ts'
import { type InitContext, onAllNodes } from './context.ts'

/*
 * Steps that write corosync's files.
 */

export const KEY = '/etc/corosync/authkey'

/** Created on the first node, then copied. The key is never input or output of a command, because those may be shown. */
export function createKey({ system, probe, request, firstNode, timestamp }: InitContext): Step {
  const noted = journal(timestamp)
  const others = request.nodes.filter(node => node !== firstNode)
  return {
    name: `creating corosync's key for ${request.nodes.join(', ')}`,
    run: async () => {
      await allOf(
        probe.examinations.map(async ({ node }) => {
          await setAside(system, node, KEY, noted)
          await runOn(system, node, ['rm', '-f', KEY])
        }),
      )
      await runOn(system, firstNode, ['corosync-keygen', '-l', '-k', KEY])
      await allOf(others.map(node => copyBetween(system, KEY, firstNode, node)))
    },
    undo: () => noted.undo(),
  }
}

export function writeCorosyncConf(context: InitContext): Step {
  const { system, probe, request } = context
  const members = request.nodes.map((name, index) => ({
    name,
    id: index + 1,
    addresses: (probe.ends.get(name) ?? []).map(({ address }) => address),
  }))
  const text = corosyncConf(request.clusterName, members)
  return onAllNodes('writing corosync.conf', context, ({ node }, noted) =>
    putFile(system, node, { path: COROSYNC_CONF, text }, noted),
  )
}
