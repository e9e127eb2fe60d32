import { isLaterConstraint, lacksLaterParameter } from '../../../../cloud/cib/deviations.ts'
import { byId, idOf } from '../../../../cloud/cib/elements.ts'
import type { Cluster } from '../../../../cloud/cib/read/cluster.ts'
import type { Cloud } from '../../../../cloud/cloud.ts'
import { constraintElements } from '../../../../cloud/compose/cib-xml.ts'
import { compose } from '../../../../cloud/compose/compose.ts'
import { portalOf } from '../../../../cloud/devices.ts'
import { resourceIds } from '../../../../cloud/ids.ts'
import { child, type Element, printXml } from '../../../../cloud/xml.ts'
import { type Finding, warning } from '../../examine/finding.ts'

/** Storages of earlier versions, which stay on nodes that lose their storage network. */
export function portalFindings(cib: Element, { clouds }: Cluster): Finding[] {
  const configuration = child(cib, 'configuration')
  return clouds.flatMap(cloud => [
    ...exportFindings(cloud, child(configuration, 'resources')),
    ...mountFindings(cloud, child(configuration, 'constraints')),
  ])
}

function exportFindings({ name, address }: Cloud, resources: Element | undefined): Finding[] {
  const { drbd } = resourceIds(name)
  const primitive = byId(resources, ['primitive'], drbd)
  if (primitive === undefined || !lacksLaterParameter(primitive, 'portals')) return []
  return [
    warning(
      `the export of ${name} stays on a node that loses its storage network: ${drbd} has no portals`,
      `to set them (the export restarts: I/O pauses for some seconds, the mount stays): crm_resource --resource ${drbd} --set-parameter portals --parameter-value '${portalOf(address)}'`,
    ),
  ]
}

function mountFindings(cloud: Cloud, constraints: Element | undefined): Finding[] {
  const missing = constraintElements(compose(cloud)).filter(
    constraint => isLaterConstraint(cloud, constraint) && !byId(constraints, [constraint.name], idOf(constraint)),
  )
  return missing.map(constraint =>
    warning(
      `the mount of ${cloud.name} stays on a node that loses its storage network: the constraint ${idOf(constraint)} is missing`,
      `to add it, without an interruption: cibadmin --create --scope constraints --xml-text '${printXml(constraint).replace(/\n */g, '')}'`,
    ),
  )
}
