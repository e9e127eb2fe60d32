import { nspawnContainer } from '../../../agents/nspawn-container/index.ts'
import { recurring } from '../call.ts'
import type { FakeContainer } from '../nspawn/container.ts'
import { type Nspawn, nspawn } from '../nspawn/nspawn.ts'
import { systemdTools } from '../nspawn/systemd.ts'
import { addTree, type FakeTree } from '../nspawn/tree.ts'
import { mounts } from '../proc/mounts.ts'
import { fakeSystem } from '../system.ts'
import { actionOf, actionsOf } from './actions.ts'

export const parameters = { machine: 'c0', directory: '/mnt/c0/root' } as const
export const UNIT = 'vhacs-nspawn-c0.service'
export const CGROUP = `/sys/fs/cgroup/machine.slice/${UNIT}`

export const { start, stop, monitor, probe, validate } = actionsOf(nspawnContainer, parameters)
/** A recurring monitor that asks the container's init. */
export const deepMonitor = actionOf(nspawnContainer, parameters, ['monitor', { ...recurring, OCF_CHECK_LEVEL: '10' }])

/** A node that has the tree mounted. */
export function stopped(tree: Partial<FakeTree> = {}) {
  const system = fakeSystem()
  const table = mounts(system)
  const node = nspawn(system)
  systemdTools(system, node)
  addTree(system, { directory: parameters.directory, mountPoint: '/mnt/c0', ...tree })
  return { system, table, node }
}

/** A node on which the container runs. */
export async function started(tree: Partial<FakeTree> = {}) {
  const made = stopped(tree)
  await start(made.system)
  made.system.commands.length = 0
  made.system.changes.length = 0
  return made
}

/** The container of the unit, which must run. */
export function containerOf({ units }: Nspawn): FakeContainer {
  const container = units.get(UNIT)?.container
  if (container === undefined) throw new Error('no container runs')
  return container
}
