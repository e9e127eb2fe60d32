import { runOn } from '../../../../system/nodes/ssh.ts'
import type { System } from '../../../../system/system.ts'
import { allOf, type Step } from '../../../run/steps.ts'
import { textOn } from '../journal.ts'
import { COROSYNC_CONF } from './corosync-conf.ts'

/*
 * The corosync.conf of a running cluster: replaced on all its nodes, then read by corosync on all of them at once.
 */

interface ConfChange {
  readonly name: string
  /** The nodes on which corosync runs, one of them first that this command can reach without the others. */
  readonly nodes: readonly string[]
  readonly before: string
  readonly after: string
}

/** Gives the nodes this corosync.conf, and has corosync read it; undone by the one before. It may have been done in part already. */
export function changeConf(system: System, { name, nodes, before, after }: ConfChange): Step {
  const put = async (text: string) => {
    await allOf(nodes.map(node => putConf(system, node, text)))
    await reload(system, nodes)
  }
  return { name, run: () => put(after), undo: () => put(before) }
}

/** Replaced atomically: a node that is reset meanwhile must start with the one or the other. */
async function putConf(system: System, node: string, text: string): Promise<void> {
  if ((await textOn(system, node, COROSYNC_CONF)) === text) return
  const draft = `${COROSYNC_CONF}.new`
  await runOn(system, node, ['dd', 'status=none', 'conv=fsync', `of=${draft}`], { input: text })
  await runOn(system, node, ['mv', '-T', '--', draft, COROSYNC_CONF])
}

/** On all nodes at once, from one of them. @see corosync-cfgtool(8), -R */
async function reload(system: System, [first]: readonly string[]): Promise<void> {
  if (first !== undefined) await runOn(system, first, ['corosync-cfgtool', '-R'])
}
