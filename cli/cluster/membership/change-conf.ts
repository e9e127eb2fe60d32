import { reloadCorosync, writeCorosyncConfOn } from '../../../system/nodes/membership/change-corosync.ts'
import { corosyncStateOn } from '../../../system/nodes/membership/corosync-state.ts'
import type { System } from '../../../system/system.ts'
import { poll } from '../../clouds/lifecycle.ts'
import { allOf, type Step, type Work } from '../../run/steps.ts'

/*
 * The corosync.conf of a running cluster: replaced on all its nodes, then read by corosync on all of them at once. Each step may have been
 * done in part already.
 */

interface ConfChange {
  readonly name: string
  /** The nodes on which corosync runs, one of them first that this command can reach without the others. */
  readonly nodes: readonly string[]
  readonly before: string
  readonly after: string
}

/** Gives the nodes this corosync.conf, and has corosync read it; undone by the one before. */
export function changeConf(system: System, { name, nodes, before, after }: ConfChange): Step {
  return { name, run: () => put(system, nodes, after), undo: () => put(system, nodes, before) }
}

interface Removal {
  /** The nodes that are removed. */
  readonly gone: readonly string[]
  /** As for ConfChange. */
  readonly nodes: readonly string[]
  /** Without those nodes. */
  readonly after: string
}

/** Takes nodes on which corosync does not run out of the corosync.conf of the others, until corosync has no more of them. It is not undone. */
export function removeFromConf({ system, interruption }: Work, { gone, nodes, after }: Removal): Step[] {
  const names = gone.join(', ')
  const [first = ''] = nodes
  return [
    { name: `removing ${names} from corosync.conf on ${nodes.join(', ')}`, run: () => put(system, nodes, after) },
    {
      name: `waiting until corosync has removed ${names}`,
      waits: true,
      run: () =>
        poll(system, { seconds: RELOAD_SECONDS, interruption }, async () => {
          const { loaded, isQuorate } = await corosyncStateOn(system, first)
          const still = gone.filter(name => loaded.includes(name))
          if (still.length > 0) return `corosync still has ${still.join(', ')}: see "journalctl -u corosync"`
          return isQuorate ? undefined : 'corosync has no quorum: see "corosync-quorumtool"'
        }),
    },
  ]
}

const RELOAD_SECONDS = 60

async function put(system: System, nodes: readonly string[], text: string): Promise<void> {
  await allOf(nodes.map(node => writeCorosyncConfOn(system, node, text)))
  const [first] = nodes
  if (first !== undefined) await reloadCorosync(system, first)
}
