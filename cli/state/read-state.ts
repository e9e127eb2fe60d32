import type { IncompleteCloud } from '../../cloud/cib/read/cluster.ts'
import { type CibSnapshot, parseSnapshot, parseWithoutHistories } from '../../cloud/cib/snapshot.ts'
import { type ActiveResource, parseActiveResources } from '../../cloud/pacemaker/active-resources.ts'
import { type ClusterStatus, parseClusterStatus } from '../../cloud/pacemaker/cluster-status.ts'
import { DEFAULT_VOLUME_GROUP } from '../../cloud/volume-group.ts'
import { parseXml } from '../../cloud/xml.ts'
import { mountedSpace, volumeGroupSpace } from '../../system/nodes/node-facts.ts'
import { monitorCluster } from '../../system/pacemaker/cib/cib.ts'
import type { System } from '../../system/system.ts'
import { readCib } from '../clouds/read-cib.ts'
import { whyUnavailable } from '../run/unavailable.ts'
import { withInterruptions } from './interruptions.ts'
import { isUp, type NodeState, nodeStates } from './nodes.ts'
import { type StorageState, storageStates } from './storages.ts'
import { type VserverState, vserverStates } from './vservers.ts'

/** The cluster in tables and JSON. */
export interface ClusterState {
  readonly nodes: readonly NodeState[]
  readonly storages: readonly StorageState[]
  readonly vservers: readonly VserverState[]
  /** Objects that look like a storage or a vserver, or describe a node, but differ from what vhacs created. */
  readonly incomplete: readonly IncompleteCloud[]
}

/** A state, and the sources that it was read from. */
export interface StateWithSources {
  readonly state: ClusterState
  readonly snapshot: CibSnapshot
  readonly status: ClusterStatus
  readonly active: readonly ActiveResource[]
}

/** The state according to Pacemaker; queries no nodes. For display: the snapshot has no histories. */
export async function readState(system: System): Promise<StateWithSources> {
  return stateOf(await readSources(system, parseWithoutHistories))
}

/**
 * The same with the free space on each node and in each storage, and the interruptions of mounts. All unreachable nodes cost a
 * single time-out.
 */
export async function readStateWithSpace(system: System): Promise<StateWithSources> {
  return withSpaces(system, await readSources(system, parseWithoutHistories))
}

/** The same for those who also simulate, which needs the histories. */
export async function readWholeState(system: System): Promise<StateWithSources> {
  return withSpaces(system, await readSources(system, parseSnapshot))
}

async function withSpaces(system: System, sources: Sources): Promise<StateWithSources> {
  const known = stateOf(sources).state
  const [nodes, spaces, status] = await Promise.all([
    Promise.all(known.nodes.map(node => withSpace(system, node))),
    Promise.all(known.nodes.map(node => spacesOn(system, node, known.storages))),
    withInterruptions(system, sources.status, known),
  ])
  const spaceOf = new Map(spaces.flatMap(found => [...found]))
  const { state, snapshot } = stateOf({ ...sources, status })
  const storages = state.storages.map(storage => ({ ...storage, ...spaceOf.get(storage.name) }))
  return { state: { ...state, nodes, storages }, snapshot, status, active: sources.active }
}

interface Sources {
  readonly snapshot: CibSnapshot
  readonly status: ClusterStatus
  readonly active: readonly ActiveResource[]
}

async function readSources(system: System, parse: typeof parseSnapshot): Promise<Sources> {
  const [snapshot, text] = await Promise.all([readCib(system, parse), monitorCluster(system)])
  const monitor = parseXml(text)
  return { snapshot, status: parseClusterStatus(monitor), active: parseActiveResources(monitor) }
}

function stateOf({ snapshot, status, active }: Sources): StateWithSources {
  const { cluster } = snapshot
  const nodes = nodeStates(cluster, status, active)
  const storages = storageStates(snapshot, status, active)
  const vservers = vserverStates(cluster, status, active)
  const half = cluster.vservers.incomplete.map(({ name, why }) => ({ name, why }))
  const faults = cluster.faults.map(({ place, why }) => ({ name: place, why }))
  const incomplete = [...cluster.incomplete, ...half, ...faults]
  return { state: { nodes, storages, vservers, incomplete }, snapshot, status, active }
}

async function withSpace(system: System, node: NodeState): Promise<NodeState> {
  if (!isUp(node)) return node
  try {
    return { ...node, ...(await volumeGroupSpace(system, node.name, DEFAULT_VOLUME_GROUP)) }
  } catch (error) {
    return { ...node, problem: whyUnavailable(error) }
  }
}

/** The space by the names of the storages that are mounted on a node. An unreachable node is reported in the table of nodes. */
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
    whyUnavailable(error)
    return new Map()
  }
}
