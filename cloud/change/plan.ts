import { cloudCreations } from '../cib/cloud-patches.ts'
import type { Change } from '../cib/patch.ts'
import type { Cluster } from '../cib/read-cluster.ts'
import type { Cloud } from '../cloud.ts'
import type { Configuration } from '../configuration.ts'
import { rolesIn } from '../node-attributes.ts'
import type { ResolvedCloud } from '../resolve/resolve.ts'
import type { Element } from '../xml.ts'
import { cloudText, differenceLines } from './describe.ts'
import { mergeCloud } from './merge-cloud.ts'
import { mergeNode } from './merge-node.ts'

/** What has to be done for a cluster to become what a configuration says. */
export interface ChangePlan {
  /** To be made. */
  readonly added: readonly ChangeSummary[]
  readonly changed: readonly ChangeSummary[]
  readonly nodes: readonly ChangeSummary[]
  /** Names of clouds that the configuration does not have: they stay as they are. */
  readonly absent: readonly string[]
  /** What changes in the CIB for all but those to be made. */
  readonly changes: readonly Change[]
  /** What puts those to be made into the CIB. */
  readonly creations: readonly Change[]
}

/** A cloud or node, and what happens to it. */
export interface ChangeSummary {
  readonly name: string
  readonly lines: readonly string[]
}

/**
 * Compares what is wanted with the configuration of a CIB.
 * @throws RangeError when something else has taken the place of a part of a cloud.
 */
export function planChanges(
  configuration: Element,
  cluster: Cluster,
  wanted: Configuration,
  clouds: readonly ResolvedCloud[],
): ChangePlan {
  const present = clouds.flatMap(({ present: before, cloud }) => (before ? [{ before, cloud }] : []))
  const merged = present.map(({ before, cloud }) => ({
    name: cloud.name,
    lines: [...differenceLines(before, cloud), ...repairs(cluster, cloud)],
    changes: mergeCloud(configuration, before, cloud),
  }))
  const nodes = wanted.nodes.map(node => ({
    name: node.name,
    lines: nodeLines(cluster, node),
    changes: mergeNode(configuration, node),
  }))
  const names = new Set(wanted.clouds.map(({ name }) => name))
  return {
    added: clouds.flatMap(({ present: before, cloud, isAdopted, wanted: { sizeBytes } }) =>
      before ? [] : [{ name: cloud.name, lines: [cloudText(cloud, isAdopted ? 'as it is' : sizeBytes)] }],
    ),
    changed: merged.filter(({ changes }) => changes.length > 0).map(({ name, lines }) => ({ name, lines })),
    nodes: nodes.filter(({ changes }) => changes.length > 0).map(({ name, lines }) => ({ name, lines })),
    absent: cluster.clouds.map(({ name }) => name).filter(name => !names.has(name)),
    changes: [...nodes, ...merged].flatMap(({ changes }) => changes),
    creations: clouds.flatMap(({ present: before, cloud }) => (before ? [] : cloudCreations(cloud))),
  }
}

function repairs({ incomplete }: Cluster, { name }: Cloud): string[] {
  const half = incomplete.find(cloud => cloud.name === name)
  return half ? half.why.split('; ').map(why => `put right: ${why}`) : []
}

function nodeLines({ nodes }: Cluster, { name, roles, initiator }: Configuration['nodes'][number]): string[] {
  const attributes = nodes.find(node => node.name === name)?.attributes ?? {}
  const present = rolesIn(attributes)
  return [
    ...(roles ?? []).filter(role => !present.includes(role)).map(role => `gets the role ${role}`),
    ...(roles ? present.filter(role => !roles.includes(role)).map(role => `loses the role ${role}`) : []),
    ...(initiator ? [`its initiator name ${initiator} is recorded`] : []),
  ]
}
