import type { Cloud } from '../../cloud.ts'
import { vhostsAmong } from '../../node-attributes.ts'
import type { Absence } from '../absence.ts'
import type { Obstacle } from '../obstacle.ts'
import { type Part, partResources } from '../part.ts'
import type { Situation } from '../situation.ts'
import { bans } from './bans.ts'
import { clusterObstacles, fencingObstacles } from './cluster.ts'
import { failures } from './failures.ts'
import { nodeObstacles } from './nodes.ts'
import { promotionObstacles } from './promotion.ts'
import { settings } from './settings.ts'
import { ties } from './ties.ts'

/** The nodes other than the absent one that may have a part of a cloud. */
export function candidates({ cluster }: Situation, cloud: Cloud, part: Part, absent: string): string[] {
  const all = part === 'export' ? cloud.storageNodes : vhostsAmong(cluster.nodes)
  return all.filter(node => node !== absent)
}

interface Failing {
  readonly cloud: Cloud
  readonly part: Part
  readonly absence: Absence
  readonly costsQuorum: boolean
  /** Pacemaker would fence the node, or need not. */
  readonly isFenced: boolean
}

/** Why Pacemaker would not run a part of a cloud in an absence; empty where that is not known. */
export function obstacles(situation: Situation, failing: Failing): Obstacle[] {
  const { cloud, part, absence, costsQuorum, isFenced } = failing
  const resources = partResources(cloud, part)
  const nodes = candidates(situation, cloud, part, absence.node)
  if (nodes.length === 0) return [NO_CANDIDATE[part]]
  const found = [
    ...clusterObstacles(situation, costsQuorum),
    ...settings(situation, resources),
    ...nodes.flatMap(node => obstaclesOn(situation, { cloud, node, resources })),
  ]
  if (found.length > 0) return found
  const unfenced = fencingObstacles(situation, absence.node, isFenced)
  if (unfenced.length > 0) return unfenced
  const data = part === 'export' ? nodes.flatMap(node => promotionObstacles(situation, cloud, node)) : []
  return [...data, ...ties(situation, cloud, resources)]
}

/**
 * Whether a part of a cloud could be moved off the node that has it, as far as the CIB says: without the scheduler, which alone knows
 * what constraints do together.
 */
export function isMovable(situation: Situation, cloud: Cloud, part: Part, from: string): boolean {
  const resources = partResources(cloud, part)
  const nodes = candidates(situation, cloud, part, from)
  return (
    generalObstacles(situation, cloud, part).length === 0 &&
    nodes.some(node => obstaclesOn(situation, { cloud, node, resources }).length === 0)
  )
}

/** What keeps a part of a cloud off a node, as far as the CIB says. */
export function partObstacles(situation: Situation, cloud: Cloud, part: Part, node: string): Obstacle[] {
  const resources = partResources(cloud, part)
  return [...generalObstacles(situation, cloud, part), ...obstaclesOn(situation, { cloud, node, resources })]
}

/** What keeps Pacemaker from stopping and starting a part of a cloud on any node. */
export function generalObstacles(situation: Situation, cloud: Cloud, part: Part): Obstacle[] {
  return [...clusterObstacles(situation, false), ...settings(situation, partResources(cloud, part))]
}

/** What keeps any of these resources off a node. */
function obstaclesOn(situation: Situation, asked: Asked): Obstacle[] {
  const { node, resources } = asked
  return [...nodeObstacles(situation, node), ...bans(situation, asked), ...failures(situation, node, resources)]
}

interface Asked {
  readonly cloud: Cloud
  readonly node: string
  readonly resources: readonly string[]
}

const NO_CANDIDATE: Readonly<Record<Part, Obstacle>> = {
  export: { what: 'no other node has its data', todo: 'restore its second storage node', concerns: 'cloud' },
  mount: { what: 'no other node has the vhost role', todo: 'vhacs node --setrole vhost NODE', concerns: 'cluster' },
}

/** For a part that does not run, although nothing is known to be in the way. */
export function unexplained({ node, how }: Absence): Obstacle {
  const todo =
    how === 'loss'
      ? `see the scores: crm_simulate --live-check --show-scores --node-fail ${node}`
      : 'see the scores: crm_simulate --live-check --show-scores'
  return {
    what: "Pacemaker's scheduler would not start it, for a reason that vhacs does not know",
    todo,
    concerns: 'cloud',
  }
}
