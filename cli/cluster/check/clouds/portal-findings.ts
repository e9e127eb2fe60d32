import { lacksLaterParameter } from '../../../../cloud/cib/deviations.ts'
import { byId } from '../../../../cloud/cib/elements.ts'
import type { Cluster } from '../../../../cloud/cib/read/cluster.ts'
import { portalOf } from '../../../../cloud/devices.ts'
import { resourceIds } from '../../../../cloud/ids.ts'
import { child, type Element } from '../../../../cloud/xml.ts'
import { type Finding, warning } from '../../examine/finding.ts'

/** Storages of earlier versions, whose DRBD does not know where clients reach it. */
export function portalFindings(cib: Element, { clouds }: Cluster): Finding[] {
  const resources = child(child(cib, 'configuration'), 'resources')
  return clouds.flatMap(({ name, address }) => {
    const { drbd } = resourceIds(name)
    const primitive = byId(resources, ['primitive'], drbd)
    if (primitive === undefined || !lacksLaterParameter(primitive, 'portals')) return []
    return [
      warning(
        `the export of ${name} stays on a node that loses its storage network: ${drbd} has no portals`,
        `to set them (the export restarts: I/O pauses for some seconds, the mount stays): crm_resource --resource ${drbd} --set-parameter portals --parameter-value '${portalOf(address)}'`,
      ),
    ]
  })
}
