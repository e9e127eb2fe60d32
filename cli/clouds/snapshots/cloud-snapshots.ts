import type { Cloud } from '../../../cloud/cloud.ts'
import { snapshotTime } from '../../../system/block/snapshot-tags.ts'
import { type NodeSnapshots, type SnapshotVolume, snapshotsOn } from '../../../system/nodes/snapshots/volumes.ts'
import type { System } from '../../../system/system.ts'
import { whyUnavailable } from '../../run/unavailable.ts'

/** What one storage node has of a snapshot. */
export interface SnapshotSide {
  readonly node: string
  readonly volume: SnapshotVolume | undefined
  /** Why that is not known. */
  readonly problem: string | undefined
}

/**
 * `complete`: both sides have it, and it is the same; `incomplete`: taking or dropping it was broken off; `lost`: it has become full; `merging`:
 * the storage is being rolled back to it; `unknown`: a side does not answer.
 */
export type SnapshotState = 'complete' | 'incomplete' | 'lost' | 'merging' | 'unknown'

/** A snapshot of a cloud. */
export interface CloudSnapshot {
  readonly cloud: Cloud
  readonly name: string
  readonly id: string
  readonly takenAt: Date
  readonly state: SnapshotState
  readonly sides: readonly SnapshotSide[]
}

/**
 * `unchanged`: both sides are as before; `merging`: a side has begun to go back; `merged`: both have gone back, and are to be compared;
 * `compared`: they are the same.
 */
export type RollbackStage = 'unchanged' | 'merging' | 'merged' | 'compared'

/** A rollback of a cloud that has begun, and not ended. */
export interface BegunRollback {
  readonly cloud: Cloud
  readonly id: string
  /** The storage nodes on which it is noted. */
  readonly nodes: readonly string[]
  /** How far it is; `merging` also where a node does not answer. */
  readonly stage: RollbackStage
}

/** The snapshots of some clouds. */
export interface CloudSnapshots {
  /** In the order of the clouds, the oldest of each first. */
  readonly snapshots: readonly CloudSnapshot[]
  readonly rollbacks: readonly BegunRollback[]
  /** Nodes that did not answer, and why. */
  readonly problems: ReadonlyMap<string, string>
}

/** The snapshots of these clouds; each of their nodes is asked once. */
export async function snapshotsOf(system: System, clouds: readonly Cloud[]): Promise<CloudSnapshots> {
  const nodes = [...new Set(clouds.flatMap(({ storageNodes }) => storageNodes))]
  const answers = new Map<string, NodeSnapshots>()
  const problems = new Map<string, string>()
  await Promise.all(
    nodes.map(async node => {
      try {
        answers.set(node, await snapshotsOn(system, node))
      } catch (error) {
        problems.set(node, whyUnavailable(error))
      }
    }),
  )
  const snapshots = clouds.flatMap(cloud => ofCloud(cloud, { answers, problems }))
  return { snapshots, rollbacks: clouds.flatMap(cloud => rollbackOf(cloud, answers, snapshots)), problems }
}

interface Known {
  readonly answers: ReadonlyMap<string, NodeSnapshots>
  readonly problems: ReadonlyMap<string, string>
}

function ofCloud(cloud: Cloud, { answers, problems }: Known): CloudSnapshot[] {
  const volumesOn = (node: string) =>
    (answers.get(node)?.snapshots ?? []).filter(
      ({ storage, volumeGroup }) => storage === cloud.name && volumeGroup === cloud.volumeGroup,
    )
  const all = cloud.storageNodes.flatMap(volumesOn)
  // two of one name may have been taken at different times, one on each side
  const keys = Map.groupBy(all, ({ name, id }) => `${name} ${id}`)
  const found = [...keys.values()].flatMap(([first]) => {
    if (first === undefined) return []
    const { name, id } = first
    const sides = cloud.storageNodes.map(node => ({
      node,
      volume: volumesOn(node).find(volume => volume.name === name && volume.id === id),
      problem: problems.get(node),
    }))
    return [{ cloud, name, id, takenAt: snapshotTime(id), state: stateOf(sides), sides }]
  })
  return found.sort((one, other) => one.takenAt.getTime() - other.takenAt.getTime())
}

function stateOf(sides: readonly SnapshotSide[]): SnapshotState {
  if (sides.some(({ problem }) => problem !== undefined)) return 'unknown'
  if (sides.some(({ volume }) => volume?.isMerging)) return 'merging'
  if (sides.some(({ volume }) => volume === undefined || volume.isBeingTaken)) return 'incomplete'
  return sides.some(({ volume }) => volume?.isLost) ? 'lost' : 'complete'
}

function rollbackOf(cloud: Cloud, answers: Known['answers'], snapshots: readonly CloudSnapshot[]): BegunRollback[] {
  const path = `${cloud.volumeGroup}/${cloud.name}`
  const marks = cloud.storageNodes.flatMap(node => {
    const id = answers.get(node)?.rollbacks.get(path)
    return id === undefined ? [] : [{ node, id }]
  })
  const [first] = marks
  if (first === undefined) return []
  const nodes = marks.map(({ node }) => node)
  const target = snapshots.find(({ id, cloud: { name } }) => id === first.id && name === cloud.name)
  const isKnown = cloud.storageNodes.every(node => answers.has(node))
  return [{ cloud, id: first.id, nodes, stage: isKnown ? stageOf(cloud, nodes, target) : 'merging' }]
}

/** The notes are made on both sides before either changes, and removed when both are the same. */
function stageOf({ storageNodes }: Cloud, nodes: readonly string[], target: CloudSnapshot | undefined): RollbackStage {
  if (target === undefined) return nodes.length < storageNodes.length ? 'compared' : 'merged'
  return target.sides.every(({ volume }) => volume?.isMerging === false) ? 'unchanged' : 'merging'
}
