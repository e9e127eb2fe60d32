import { cloudCreations } from '../cib/cloud-patches.ts'
import type { Change } from '../cib/patch.ts'
import type { Cluster } from '../cib/read/cluster.ts'
import type { Cloud } from '../cloud.ts'
import type { Configuration } from '../configuration.ts'
import { rolesIn } from '../node-attributes.ts'
import type { ResolvedCloud } from '../resolve/resolve.ts'
import type { ResolvedVserver } from '../resolve/vservers/resolve-vservers.ts'
import type { Element } from '../xml.ts'
import { cloudText, differenceLines } from './describe.ts'
import { mergeCloud } from './merge-cloud.ts'
import { mergeNode } from './merge-node.ts'
import { NO_VSERVERS, nosuidReasons, planVservers, type VserverPlan } from './vservers/plan-vservers.ts'

/** The changes that bring a cluster to the state that a configuration describes. */
export interface ChangePlan {
  /** New clouds. */
  readonly added: readonly ChangeSummary[]
  readonly changed: readonly ChangeSummary[]
  readonly nodes: readonly ChangeSummary[]
  /** Names of clouds that are not in the configuration; they are not changed. */
  readonly absent: readonly string[]
  /** Changes of the CIB, without those for new clouds and vservers on them. */
  readonly changes: readonly Change[]
  /** Changes that add the new clouds to the CIB. */
  readonly creations: readonly Change[]
  readonly vservers: VserverPlan
}

/** The changes of a cloud or node, one line each. */
export interface ChangeSummary {
  readonly name: string
  readonly lines: readonly string[]
}

/** What a configuration is resolved to. */
export interface Resolved {
  readonly clouds: readonly ResolvedCloud[]
  /** Undefined where no change concerns them. */
  readonly vservers?: readonly ResolvedVserver[] | undefined
}

/**
 * Compares a configuration with that of a CIB.
 * @throws RangeError when something else has the id of one of a cloud's resources.
 */
export function planChanges(
  configuration: Element,
  cluster: Cluster,
  wanted: Configuration,
  { clouds, vservers: wantedVservers }: Resolved,
): ChangePlan {
  const present = clouds.flatMap(({ present: before, cloud }) => (before ? [{ before, cloud }] : []))
  const merged = present.map(({ before, cloud }) => ({
    name: cloud.name,
    lines: [
      ...differenceLines(before, cloud),
      ...nosuidReasons(before, cloud, wantedVservers),
      ...repairs(cluster, cloud),
    ],
    changes: mergeCloud(configuration, before, cloud),
  }))
  const nodes = wanted.nodes.map(node => ({
    name: node.name,
    lines: nodeLines(cluster, node),
    changes: mergeNode(configuration, node),
  }))
  const vservers = wantedVservers ? planVservers(configuration, cluster, clouds, wantedVservers) : NO_VSERVERS
  const names = new Set(wanted.clouds.map(({ name }) => name))
  return {
    added: clouds.flatMap(({ present: before, cloud, isAdopted, wanted: { sizeBytes } }) =>
      before ? [] : [{ name: cloud.name, lines: [cloudText(cloud, isAdopted ? 'existing' : sizeBytes)] }],
    ),
    changed: merged.filter(({ changes }) => changes.length > 0).map(({ name, lines }) => ({ name, lines })),
    nodes: nodes.filter(({ changes }) => changes.length > 0).map(({ name, lines }) => ({ name, lines })),
    absent: cluster.clouds.map(({ name }) => name).filter(name => !names.has(name)),
    changes: [...[...nodes, ...merged].flatMap(({ changes }) => changes), ...vservers.changes],
    vservers,
    creations: clouds.flatMap(({ present: before, cloud }) => (before ? [] : cloudCreations(cloud))),
  }
}

function repairs({ incomplete }: Cluster, { name }: Cloud): string[] {
  const deviating = incomplete.find(cloud => cloud.name === name)
  return deviating ? deviating.why.split('; ').map(why => `repair: ${why}`) : []
}

function nodeLines({ nodes }: Cluster, { name, roles, initiator }: Configuration['nodes'][number]): string[] {
  const attributes = nodes.find(node => node.name === name)?.attributes ?? {}
  const present = rolesIn(attributes)
  return [
    ...(roles ?? []).filter(role => !present.includes(role)).map(role => `gains the ${role} role`),
    ...(roles ? present.filter(role => !roles.includes(role)).map(role => `loses the ${role} role`) : []),
    ...(initiator ? [`initiator name ${initiator} is recorded`] : []),
  ]
}
