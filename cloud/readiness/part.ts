import type { Cluster } from '../cib/read/cluster.ts'
import type { Cloud, Vserver } from '../cloud.ts'
import { resourceIds } from '../ids.ts'
import type { ActiveResource } from '../pacemaker/active-resources.ts'

/** What a node can take over of a cloud: its export, with the promoted side of DRBD, or its mount. */
export const PARTS = ['export', 'mount'] as const
export type Part = (typeof PARTS)[number]

/** The node that runs all of a part; undefined when none does. */
export type PartPlaces = Readonly<Record<Part, string | undefined>>

/** Where the parts of a cloud run. */
export function partPlaces({ name }: Pick<Cloud, 'name'>, places: readonly ActiveResource[]): PartPlaces {
  const { drbd, target, address, session, filesystem } = resourceIds(name)
  const nodesOf = (id: string, role?: string) =>
    places.flatMap(place => (place.id === id && (role === undefined || place.role === role) ? [place.node] : []))
  const common = (first: readonly string[], ...others: readonly (readonly string[])[]) =>
    first.find(node => others.every(nodes => nodes.includes(node)))
  return {
    export: common(nodesOf(target), nodesOf(address), nodesOf(drbd, 'Promoted')),
    mount: common(nodesOf(filesystem), nodesOf(session)),
  }
}

/** The vservers on a cloud that are meant to run. */
export function vserversDue({ vservers }: Pick<Cluster, 'vservers'>, cloud: string): Vserver[] {
  return vservers.complete.filter(vserver => vserver.cloud === cloud && vserver.state === 'active')
}

/** Ids of what must run on the node that has a part; a constraint or an attribute of each of them counts for it. */
export function partResources({ name }: Pick<Cloud, 'name'>, part: Part): string[] {
  const { lvm, lvmClone, drbd, drbdClone, target, address, exportGroup, session, filesystem, mountGroup } =
    resourceIds(name)
  return part === 'mount'
    ? [mountGroup, session, filesystem]
    : [lvmClone, lvm, drbdClone, drbd, exportGroup, target, address]
}
