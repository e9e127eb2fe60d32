import { COROSYNC_CONF } from '../../corosync/conf/corosync-conf.ts'
import type { System } from '../../system.ts'
import { textOn } from '../files/text.ts'
import { runOn } from '../ssh.ts'

/** Makes corosync of a node give quorum although it has not seen all nodes since it started. @see cmap_keys(7), quorum.cancel_wait_for_all */
export async function cancelWaitForAll(system: System, node: string): Promise<void> {
  await runOn(system, node, ['corosync-cmapctl', '-s', 'quorum.cancel_wait_for_all', 'u8', '1'])
}

/**
 * Makes corosync count on so many votes, on all nodes that it sees. A node that joins brings the number of its own configuration back.
 * @see corosync-quorumtool(8), -e
 */
export async function expectVotes(system: System, node: string, votes: number): Promise<void> {
  await runOn(system, node, ['corosync-quorumtool', '-e', String(votes)])
}

/** Makes corosync of all members read its configuration again, on all of them at once. @see corosync-cfgtool(8), -R */
export async function reloadCorosync(system: System, node: string): Promise<void> {
  await runOn(system, node, ['corosync-cfgtool', '-R'])
}

/** Replaces corosync's configuration on a node as a whole: one that is reset meanwhile must start with the one or the other. */
export async function writeCorosyncConfOn(system: System, node: string, text: string): Promise<void> {
  if ((await textOn(system, node, COROSYNC_CONF)) === text) return
  const draft = `${COROSYNC_CONF}.new`
  await runOn(system, node, ['dd', 'status=none', 'conv=fsync', `of=${draft}`], { input: text })
  await runOn(system, node, ['mv', '-T', '--', draft, COROSYNC_CONF])
}
