import type { Cluster } from '../../../cloud/cib/read/cluster.ts'
import type { ActiveResource } from '../../../cloud/pacemaker/active-resources.ts'
import { formatSize } from '../../../cloud/sizes.ts'
import type { System } from '../../../system/system.ts'
import { unfinishedGrowths } from '../../clouds/growth/unfinished.ts'
import { type Finding, warning } from '../examine/finding.ts'

/** Storages whose growth was broken off. Queries their nodes. */
export async function growthFindings(
  system: System,
  { clouds }: Cluster,
  active: readonly ActiveResource[],
): Promise<Finding[]> {
  const running = clouds.filter(({ state }) => state === 'active')
  const found = await unfinishedGrowths(system, running, active)
  return found.map(({ cloud, sizeBytes, what }) =>
    warning(
      `${cloud} has not grown completely: ${what}`,
      `vhacs storage --grow ${cloud} --size ${formatSize(sizeBytes)} (I/O continues)`,
    ),
  )
}
