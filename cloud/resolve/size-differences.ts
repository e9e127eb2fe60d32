import { valueAt } from '../value-at.ts'
import type { NodeFacts } from './context.ts'
import type { ResolvedCloud } from './resolve.ts'

/** A cloud whose volumes do not have the size that a configuration wants. */
export interface SizeDifference {
  readonly resolved: ResolvedCloud
  readonly sizeBytes: number
  /** The size of its volumes: of two different ones, of the smaller one. */
  readonly volumeBytes: number
  /** Whether the cloud can be grown to it: only one with two sides that runs, and goes on running. */
  readonly isGrowth: boolean
  readonly isLarger: boolean
}

/** Existing clouds, and adopted ones, with another size than the wanted one. Those whose nodes were not queried are left out. */
export function sizeDifferences(clouds: readonly ResolvedCloud[], facts: readonly NodeFacts[]): SizeDifference[] {
  return clouds.flatMap(resolved => {
    const { wanted, present, cloud, isAdopted } = resolved
    const { sizeBytes } = wanted
    if (sizeBytes === undefined || (present === undefined && !isAdopted)) return []
    const { name, volumeGroup, storageNodes } = present ?? cloud
    const volumes = storageNodes.flatMap(node => {
      const groups = facts.filter(found => found.node === node).flatMap(({ volumeGroups }) => volumeGroups)
      const group = groups.find(candidate => candidate.name === volumeGroup)
      const volumeBytes = valueAt(group?.volumes, name)
      return group === undefined || volumeBytes === undefined ? [] : [{ volumeBytes, extentBytes: group.extentBytes }]
    })
    const [smallest] = volumes.toSorted((one, other) => one.volumeBytes - other.volumeBytes)
    if (smallest === undefined) return []
    const { volumeBytes, extentBytes } = smallest
    // LVM rounds up to whole extents
    if (volumeBytes >= sizeBytes && volumeBytes - sizeBytes < extentBytes) return []
    const isLarger = sizeBytes > volumeBytes
    const isRunning = present?.state === 'active' && cloud.state === 'active'
    const isGrowth = isLarger && isRunning && storageNodes.length === 2
    return [{ resolved, sizeBytes, volumeBytes, isLarger, isGrowth }]
  })
}
