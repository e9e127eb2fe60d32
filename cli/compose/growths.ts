import { parseActiveResources } from '../../cloud/pacemaker/active-resources.ts'
import type { ResolvedCloud } from '../../cloud/resolve/resolve.ts'
import { sizeDifferences } from '../../cloud/resolve/size-differences.ts'
import { monitorCluster } from '../../system/pacemaker/cib/cib.ts'
import type { System } from '../../system/system.ts'
import type { WantedSize } from '../clouds/growth/jobs.ts'
import { unfinishedGrowths } from '../clouds/growth/unfinished.ts'
import type { SizeChange } from '../clouds/review-text.ts'
import type { FileRequest } from './file-request.ts'

/** A cloud that is to be grown, and how a review shows that. */
export type FileGrowth = WantedSize & SizeChange

/**
 * The clouds for which a file has a larger size than the cluster, or whose growth to that size was broken off. None with a CIB in a file.
 */
export async function growthsIn(
  system: System,
  { inventory, source }: FileRequest,
  clouds: readonly ResolvedCloud[],
): Promise<FileGrowth[]> {
  if (inventory === undefined || source.kind !== 'cluster') return []
  const differing = sizeDifferences(clouds, inventory.facts)
  const larger = differing.flatMap(({ resolved: { present }, sizeBytes, volumeBytes, isGrowth }) =>
    isGrowth && present ? [{ name: present.name, cloud: present, sizeBytes, fromBytes: volumeBytes }] : [],
  )
  const others = clouds.flatMap(({ present, wanted: { sizeBytes } }) => {
    const isSame = differing.every(({ resolved }) => resolved.present !== present)
    return present?.state === 'active' && sizeBytes !== undefined && isSame ? [present] : []
  })
  return [...larger, ...(await brokenOff(system, others))]
}

async function brokenOff(system: System, clouds: readonly WantedSize['cloud'][]): Promise<FileGrowth[]> {
  if (clouds.length === 0) return []
  const found = await unfinishedGrowths(system, clouds, parseActiveResources(await monitorCluster(system)))
  return found.flatMap(({ cloud: name, sizeBytes, what }) => {
    const cloud = clouds.find(candidate => candidate.name === name)
    return cloud === undefined ? [] : [{ name, cloud, sizeBytes, fromBytes: sizeBytes, what }]
  })
}
