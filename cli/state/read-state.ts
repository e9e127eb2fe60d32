import type { IncompleteCloud } from '../../cloud/cib/read-cluster.ts'
import type { CibSnapshot } from '../../cloud/cib/snapshot.ts'
import { parseActiveResources } from '../../cloud/pacemaker/active-resources.ts'
import { type ClusterStatus, parseClusterStatus } from '../../cloud/pacemaker/cluster-status.ts'
import { DEFAULT_VOLUME_GROUP } from '../../cloud/volume-group.ts'
import { mountedSpace, volumeGroupSpace } from '../../system/nodes/node-facts.ts'
import { monitorCluster } from '../../system/pacemaker/cib.ts'
import { Missing, type System, ToolFailed } from '../../system/system.ts'
import { readCib } from '../clouds/read-cib.ts'
import { messageOf } from '../run/steps.ts'
import { type NodeState, nodeStates } from './nodes.ts'
import { type StorageState, storageStates } from './storages.ts'

/** The cluster as tables and JSON show it. */
export interface ClusterState {
  readonly nodes: readonly NodeState[]
  readonly storages: readonly StorageState[]
  /** What looks like a storage, but differs from what vhacs created. */
  readonly incomplete: readonly IncompleteCloud[]
}

/** A state with what it was read from, for whoever needs more of that. */
export interface Reading {
  readonly state: ClusterState
  readonly snapshot: CibSnapshot
  readonly status: ClusterStatus
}

/** What Pacemaker knows; no node is asked. */
export async function readState(system: System): Promise<Reading> {
  const [snapshot, monitor] = await Promise.all([readCib(system), monitorCluster(system)])
  const { cluster } = snapshot
  const [status, active] = [parseClusterStatus(monitor), parseActiveResources(monitor)]
  const nodes = nodeStates(cluster, status, active)
  const storages = storageStates(cluster, status, active)
  return { state: { nodes, storages, incomplete: cluster.incomplete }, snapshot, status }
}

/** The same with the free space on each node and in each storage. Nodes that do not answer cost one time-out together. */
export async function readStateWithSpace(system: System): Promise<Reading> {
  const reading = await readState(system)
  const { state } = reading
  const [nodes, spaces] = await Promise.all([
    Promise.all(state.nodes.map(node => withSpace(system, node))),
    Promise.all(state.nodes.map(node => spacesOn(system, node, state.storages))),
  ])
  const spaceOf = new Map(spaces.flatMap(found => [...found]))
  const storages = state.storages.map(storage => ({ ...storage, ...spaceOf.get(storage.name) }))
  return { ...reading, state: { ...state, nodes, storages } }
}

async function withSpace(system: System, node: NodeState): Promise<NodeState> {
  if (!isUp(node)) return node
  try {
    return { ...node, ...(await volumeGroupSpace(system, node.name, DEFAULT_VOLUME_GROUP)) }
  } catch (error) {
    return { ...node, problem: problemOf(error) }
  }
}

/** By the names of the storages that are mounted on a node; that it does not answer is told by its own line already. */
async function spacesOn(system: System, node: NodeState, storages: readonly StorageState[]) {
  const mounted = storages.filter(({ mount }) => mount?.node === node.name)
  if (!isUp(node) || mounted.length === 0) return new Map()
  try {
    const found = await mountedSpace(
      system,
      node.name,
      mounted.map(({ directory }) => directory),
    )
    return new Map(mounted.map(({ name, directory }) => [name, found.get(directory)]))
  } catch (error) {
    problemOf(error)
    return new Map()
  }
}

/** One that is not would only cost a time-out. */
function isUp({ haStatus }: NodeState): boolean {
  return haStatus !== 'offline' && haStatus !== 'unclean'
}

/** What is in the way on one node is shown; anything else is thrown. */
function problemOf(error: unknown): string {
  if (error instanceof ToolFailed || error instanceof Missing) return messageOf(error)
  throw error
}
