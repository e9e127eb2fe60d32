import type { CibSnapshot } from '../../cloud/cib/snapshot.ts'
import type { Cloud } from '../../cloud/cloud.ts'
import { resourceIds } from '../../cloud/ids.ts'
import type { ActiveResource } from '../../cloud/pacemaker/active-resources.ts'
import type { ClusterStatus } from '../../cloud/pacemaker/cluster-status.ts'
import { isMovable } from '../../cloud/readiness/obstacles/obstacles.ts'
import type { Situation } from '../../cloud/readiness/situation.ts'
import { situationOf } from '../clouds/situation.ts'

/** A storage in tables and JSON. */
export interface StorageState {
  readonly name: string
  readonly state: 'active' | 'standby'
  /** The two or three nodes that hold the data, the preferred one first. */
  readonly drbd: readonly DrbdSide[]
  /** The export and the mount; null when it does not run. */
  readonly target: RunningPart | null
  readonly mount: RunningPart | null
  /**
   * Whether other nodes could take over its export and its mount, as far as Pacemaker knows without asking its scheduler; null when not
   * all of it runs.
   */
  readonly isReady: boolean | null
  readonly address: string
  readonly directory: string
  /** The space of the file system; null when it is not mounted or its node is unreachable. */
  readonly freeBytes: number | null
  readonly usedBytes: number | null
  readonly sizeBytes: number | null
}

export interface DrbdSide {
  readonly node: string
  readonly role: 'primary' | 'secondary' | 'stopped'
  readonly isFailed: boolean
  readonly isDegraded: boolean
}

/** The node on which the export or the mount runs. */
export interface RunningPart {
  readonly node: string
  readonly isFailed: boolean
  readonly isDegraded: boolean
}

/** The facts about the storages that are known without querying nodes. */
export function storageStates(
  snapshot: CibSnapshot,
  status: ClusterStatus,
  active: readonly ActiveResource[],
): StorageState[] {
  const situation = situationOf(snapshot, status)
  return snapshot.cluster.clouds.map(cloud => {
    const state = storageState(cloud, status, active)
    return { ...state, isReady: isReady(situation, cloud, state) }
  })
}

/**
 * A side of DRBD that is degraded, or that does not run, has no data to promote; or, where another of three sides is lost, no majority.
 */
function isReady(situation: Situation, cloud: Cloud, { drbd, target, mount }: Omit<StorageState, 'isReady'>) {
  if (target === null || mount === null) return null
  const isWhole = drbd.every(
    ({ node, role, isFailed, isDegraded }) =>
      node === target.node || (role === 'secondary' && !isFailed && !isDegraded),
  )
  return (
    isWhole && isMovable(situation, cloud, 'export', target.node) && isMovable(situation, cloud, 'mount', mount.node)
  )
}

function storageState(
  cloud: Cloud,
  { failures }: ClusterStatus,
  active: readonly ActiveResource[],
): Omit<StorageState, 'isReady'> {
  const ids = resourceIds(cloud.name)
  const health = (node: string, ...resources: string[]) => {
    const ours = failures.filter(failure => failure.node === node && resources.includes(failure.resource))
    return {
      isFailed: ours.some(({ isDegraded }) => !isDegraded),
      isDegraded: ours.some(({ isDegraded }) => isDegraded),
    }
  }
  const part = (id: string, ...others: string[]): RunningPart | null => {
    const node = active.find(resource => resource.id === id)?.node
    return node === undefined ? null : { node, ...health(node, id, ...others) }
  }
  const [target, mount] = [part(ids.target, ids.address), part(ids.filesystem, ids.session)]
  return {
    name: cloud.name,
    state: cloud.state,
    drbd: cloud.storageNodes.map(node => ({
      node,
      role: drbdRole(active.find(resource => resource.id === ids.drbd && resource.node === node)?.role),
      ...health(node, ids.drbd, ids.lvm),
    })),
    target,
    // without the export its I/O waits, before any agent reports that
    mount: mount && { ...mount, isDegraded: mount.isDegraded || target === null },
    address: cloud.address,
    directory: cloud.directory,
    freeBytes: null,
    usedBytes: null,
    sizeBytes: null,
  }
}

/** The role in DRBD's terms. */
function drbdRole(role: string | undefined): DrbdSide['role'] {
  if (role === undefined) return 'stopped'
  return role === 'Promoted' ? 'primary' : 'secondary'
}
