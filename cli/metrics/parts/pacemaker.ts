import type { CibSnapshot } from '../../../cloud/cib/snapshot.ts'
import { resourceIds } from '../../../cloud/ids.ts'
import {
  type ActiveResource,
  parseActiveResources,
  parseSettledResources,
} from '../../../cloud/pacemaker/active-resources.ts'
import { type ClusterStatus, parseClusterStatus } from '../../../cloud/pacemaker/cluster-status.ts'
import { statusWithFailCounts } from '../../../cloud/pacemaker/fail-counts.ts'
import { partPlaces } from '../../../cloud/readiness/part.ts'
import { parseXml } from '../../../cloud/xml.ts'
import { monitorCluster } from '../../../system/pacemaker/cib/cib.ts'
import type { System } from '../../../system/system.ts'
import { type StorageState, storageStates } from '../../state/storages.ts'
import { type Sample, sample } from '../definitions.ts'
import { degradedOn } from './degraded-on.ts'
import { TOOL_SECONDS } from './part.ts'
import { vserverSamples } from './vservers.ts'

const OPTIONS = {
  timeoutSeconds: TOOL_SECONDS,
  sections: ['dc', 'nodes', 'resources', 'failcounts', 'failures'],
} as const

/** The XML of crm_mon. @throws Missing when Pacemaker is not running here, ToolFailed */
export function readMonitor(system: System): Promise<string> {
  return monitorCluster(system, OPTIONS)
}

/** The cluster as this node sees it, and the storages and vservers in it if their configuration is known. */
export function pacemakerSamples(text: string, snapshot: CibSnapshot | undefined): Sample[] {
  const monitor = parseXml(text)
  const status = parseClusterStatus(monitor)
  const active = parseActiveResources(monitor)
  const cluster = [
    sample('cluster_has_quorum', status.hasQuorum, {}),
    ...[...status.haStatus].map(([node, state]) => sample('cluster_node_state', 1, { node, state })),
  ]
  if (snapshot === undefined) return cluster
  // Pacemaker's file has no status, but crm_mon prints what readiness depends on
  const configured = snapshot.root.children.filter(({ name }) => name !== 'status')
  const root = { ...snapshot.root, children: [...configured, statusWithFailCounts(monitor)] }
  const storages = storageStates({ ...snapshot, root }, status, active)
  const seen = { failures: status.failures, active, settled: parseSettledResources(monitor) }
  return [
    ...cluster,
    ...storages.flatMap(storage => storageSamples(storage, seen)),
    ...vserverSamples(snapshot.cluster, seen),
  ]
}

interface Seen {
  readonly failures: ClusterStatus['failures']
  readonly active: readonly ActiveResource[]
  /** Those of them without a failure or an action in progress. */
  readonly settled: readonly ActiveResource[]
}

function storageSamples(storage: StorageState, seen: Seen): Sample[] {
  const places = partPlaces(storage, seen.settled)
  const isRunning = places.export !== undefined && places.mount !== undefined
  return [
    sample('storage_running', isRunning, { storage: storage.name }),
    ...(storage.isReady === null ? [] : [sample('storage_ready', storage.isReady, { storage: storage.name })]),
    ...layersOf(storage).flatMap(layer => layerSamples(storage.name, layer, seen)),
  ]
}

interface Layer {
  readonly layer: string
  readonly resource: string
  /** The nodes on which it always runs. */
  readonly nodes: readonly string[]
}

/** From the bottom to the top. */
function layersOf({ name, drbd }: StorageState): Layer[] {
  const ids = resourceIds(name)
  const nodes = drbd.map(({ node }) => node)
  return [
    { layer: 'volume', resource: ids.lvm, nodes },
    { layer: 'drbd', resource: ids.drbd, nodes },
    { layer: 'target', resource: ids.target, nodes: [] },
    { layer: 'address', resource: ids.address, nodes: [] },
    { layer: 'session', resource: ids.session, nodes: [] },
    { layer: 'filesystem', resource: ids.filesystem, nodes: [] },
  ]
}

function layerSamples(storage: string, { layer, resource, nodes }: Layer, seen: Seen): Sample[] {
  const active = seen.active.filter(({ id }) => id === resource)
  const failures = seen.failures.filter(one => one.resource === resource)
  const roles = new Map(active.map(({ node, role }) => [node, stateOf(role)]))
  const places = new Set([...nodes, ...roles.keys()])
  const labels = (node: string) => ({ storage, layer, node })
  const stopped = places.size === 0 ? [sample('layer_state', 1, { ...labels(''), state: 'stopped' })] : []
  return [
    ...stopped,
    ...[...places].map(node => sample('layer_state', 1, { ...labels(node), state: roles.get(node) ?? 'stopped' })),
    ...[...new Set([...places, ...failures.map(({ node }) => node)])].map(node =>
      sample(
        'layer_failed',
        failures.some(one => one.node === node && !one.isDegraded),
        labels(node),
      ),
    ),
    ...degradedOn(failures).map(({ node, reason }) => sample('layer_degraded', 1, { ...labels(node), reason })),
  ]
}

const STATES: Readonly<Record<string, string>> = {
  Started: 'started',
  Promoted: 'promoted',
  Unpromoted: 'unpromoted',
}

/** A resource in another role, such as Starting, has an action in progress. */
function stateOf(role: string): string {
  return STATES[role] ?? 'changing'
}
