import type { Change } from '../../cib/patch.ts'
import type { Cluster } from '../../cib/read/cluster.ts'
import { lacksDeepMonitor } from '../../cib/vservers/deep-monitor.ts'
import { vserverCreations } from '../../cib/vservers/patches.ts'
import type { Cloud } from '../../cloud.ts'
import { hasInit } from '../../compose/vservers/vserver.ts'
import { joinedNames } from '../../listed-names.ts'
import type { ResolvedCloud } from '../../resolve/resolve.ts'
import { isNosuid } from '../../resolve/vservers/nosuid.ts'
import type { ResolvedVserver } from '../../resolve/vservers/resolve-vservers.ts'
import type { Element } from '../../xml.ts'
import { vserverDifferences, vserverText } from './describe-vserver.ts'
import { mergeVserver, type PlacedVserver } from './merge-vserver.ts'

/** The changes of vservers, in the form of a plan for clouds. */
export interface VserverPlan {
  readonly added: readonly VserverSummary[]
  readonly changed: readonly VserverSummary[]
  /** Names of vservers that are not in the configuration; they are not changed. */
  readonly absent: readonly string[]
  /** Changes of the CIB, without those for vservers on new clouds. */
  readonly changes: readonly Change[]
  /** Changes that add the vservers on new clouds, which must be in the CIB by then. */
  readonly creations: readonly Change[]
}

interface VserverSummary {
  readonly name: string
  readonly lines: readonly string[]
}

/** Of a change that does not concern them. */
export const NO_VSERVERS: VserverPlan = { added: [], changed: [], absent: [], changes: [], creations: [] }

/**
 * Compares the vservers of a configuration with those of a CIB.
 * @throws RangeError when something else has the id of one of their resources.
 */
export function planVservers(
  configuration: Element,
  { vservers: present }: Pick<Cluster, 'vservers'>,
  clouds: readonly ResolvedCloud[],
  wanted: readonly ResolvedVserver[],
): VserverPlan {
  const names = new Set(wanted.map(({ vserver }) => vserver.name))
  const absent = present.complete.filter(({ name }) => !names.has(name))
  const cloudBefore = (after: Cloud) => clouds.find(({ cloud }) => cloud === after)?.present ?? after
  const pairs = [
    ...wanted.flatMap(({ present: before, vserver, cloud }) =>
      before ? [{ before: { vserver: before, cloud: cloudBefore(cloud) }, after: { vserver, cloud } }] : [],
    ),
    // their directories are in those of their clouds
    ...clouds.flatMap(({ present: before, cloud }) =>
      absent
        .filter(vserver => before && before.directory !== cloud.directory && vserver.cloud === cloud.name)
        .map(vserver => ({ before: { vserver, cloud: before ?? cloud }, after: { vserver, cloud } })),
    ),
  ]
  const merged = pairs
    .map(pair => merge(configuration, present.incomplete, pair))
    .filter(({ changes }) => changes.length > 0)
  const added = wanted.filter(vserver => vserver.present === undefined)
  const isOnNew = ({ cloud }: ResolvedVserver) =>
    clouds.some(({ present: before, cloud: other }) => before === undefined && other === cloud)
  const creations = (all: readonly ResolvedVserver[]) =>
    all.flatMap(({ vserver, cloud }) => vserverCreations(vserver, cloud))
  return {
    added: added.map(({ vserver, cloud }) => ({ name: vserver.name, lines: [vserverText(vserver, cloud)] })),
    changed: merged.map(({ name, lines }) => ({ name, lines })),
    absent: absent.map(({ name }) => name),
    changes: [...merged.flatMap(({ changes }) => changes), ...creations(added.filter(vserver => !isOnNew(vserver)))],
    creations: creations(added.filter(isOnNew)),
  }
}

function merge(
  configuration: Element,
  incomplete: Cluster['vservers']['incomplete'],
  { before, after }: { readonly before: PlacedVserver; readonly after: PlacedVserver },
) {
  const { name } = after.vserver
  const isUnasked = lacksDeepMonitor(before.vserver, configuration) && hasInit(after.vserver)
  const repairs = [
    ...(incomplete.find(vserver => vserver.name === name)?.why.split('; ') ?? []),
    ...(isUnasked ? ['no deep monitor reports failed services in it'] : []),
  ]
  return {
    name,
    lines: [...vserverDifferences(before, after), ...repairs.map(why => `repair: ${why}`)],
    changes: mergeVserver(configuration, before, after),
  }
}

/** Why the mount options of a cloud change with its first vserver. */
export function nosuidReasons(before: Cloud, after: Cloud, wanted: readonly ResolvedVserver[] = []): string[] {
  const names = wanted.filter(({ vserver }) => vserver.cloud === after.name).map(({ vserver }) => vserver.name)
  if (names.length === 0 || !isNosuid(before.mountOptions) || isNosuid(after.mountOptions)) return []
  return [`without nosuid, with which su and sudo would do nothing in ${joinedNames(names)}`]
}
