import type { AddressRange } from '../addresses.ts'
import type { Cloud } from '../cloud.ts'
import type { Configuration, WantedCloud } from '../configuration.ts'
import type { Path, Problem } from '../problem.ts'
import { type KnownNode, knownNodes, type ResolveContext, type Surroundings } from './context.ts'
import { adoptProblems, type DetachedCloud, detachedCloud } from './detached.ts'
import { changedCloud, immutableProblems } from './existing-cloud.ts'
import { addressPool, newCloud, VOLUME_GROUP } from './new-cloud.ts'
import { placerFor } from './place-new.ts'
import { usedValues } from './used-values.ts'
import {
  existingDataProblems,
  missingRequirements,
  nameProblem,
  nodeProblems,
  numberProblems,
  outside,
  unknownNodes,
  unreachableChoices,
} from './validation.ts'

/** Configuration and context together. */
export interface Resolution {
  /** One for each that is wanted, in their order; without those that there is a problem about. */
  readonly clouds: readonly ResolvedCloud[]
  readonly nodes: readonly KnownNode[]
  readonly problems: readonly Problem[]
}

export interface ResolvedCloud {
  readonly wanted: WantedCloud
  /** As it is now; undefined when it is yet to be made. */
  readonly present: Cloud | undefined
  readonly cloud: Cloud
  /** Whether a cloud that is not present is to get the data that are on its nodes, instead of being made. */
  readonly isAttached: boolean
}

/**
 * Chooses what a configuration leaves open. A cloud that is there keeps all that is not named; a new one gets what is free,
 * in the order of the configuration. The same input gives the same result.
 */
export function resolve(configuration: Configuration, context: ResolveContext): Resolution {
  const nodes = knownNodes(configuration, context)
  const range = serviceAddresses(configuration, context)
  const create = creator(configuration, context, { nodes, range })
  const taken = usedValues(context)
  const problems: Problem[] = unknownNodes(configuration, context)
  const clouds = configuration.clouds.flatMap((wanted, index): ResolvedCloud[] => {
    const path = ['clouds', index]
    const present = taken.cloud(wanted.name)
    const left = present === undefined && context.adopting ? detachedCloud(wanted, context) : undefined
    const refused = present ? [] : nameProblem(wanted, { taken, hasData: left !== undefined }, path)
    const wrong = [
      ...nodeProblems(wanted, present, nodes, path),
      ...numberProblems(wanted, present, taken, path),
      ...outside(wanted, present, range, path),
      ...(present
        ? immutableProblems(present, wanted, path)
        : refused.length > 0
          ? refused
          : missingRequirements(wanted, { nodes, range, hasData: left !== undefined }, context, path)),
    ]
    problems.push(...wrong)
    if (wrong.length > 0) return []
    if (present) return [{ wanted, present, cloud: changedCloud(present, wanted, { nodes, range }), isAttached: false }]
    return create(wanted, left, path, problems).map(cloud => ({
      wanted,
      present,
      cloud,
      isAttached: left !== undefined,
    }))
  })
  return { clouds, nodes, problems: withoutRepetition(problems) }
}

function serviceAddresses({ networks }: Configuration, { facts }: ResolveContext): AddressRange | undefined {
  return networks.serviceAddresses ?? facts.find(said => said.serviceAddresses !== undefined)?.serviceAddresses
}

/** Makes new clouds one after the other; one that cannot be made adds a problem. */
function creator(configuration: Configuration, context: ResolveContext, { nodes, range }: Surroundings) {
  const placer = placerFor(context, nodes)
  const pool = addressPool(range, configuration, context)
  const clusterName = context.cluster.name ?? configuration.cluster ?? 'vhacs'
  return (wanted: WantedCloud, left: DetachedCloud | undefined, path: Path, problems: Problem[]): Cloud[] => {
    const unheard = unreachableChoices(wanted, context, path)
    problems.push(...unheard)
    if (unheard.length > 0) return []
    try {
      const placement = placer.place(left ? withData(wanted, left) : wanted, wanted.volumeGroup ?? VOLUME_GROUP)
      const cloud = newCloud(wanted, placement, { pool, clusterName, nodes })
      const wrong = obstacles(cloud, left, context, path)
      problems.push(...wrong)
      return wrong.length > 0 ? [] : [cloud]
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      problems.push({ path, message: error.message })
      return []
    }
  }
}

/** On the nodes where its data are, which need no more room. */
function withData(wanted: WantedCloud, { storageNodes }: DetachedCloud): WantedCloud {
  return { ...wanted, storageNodes: wanted.storageNodes ?? storageNodes, sizeBytes: 0 }
}

/** What is on its nodes and must not be, or is not and must. */
function obstacles(cloud: Cloud, left: DetachedCloud | undefined, context: ResolveContext, path: Path): Problem[] {
  if (left) return adoptProblems(cloud, left, context, path)
  return context.creating ? existingDataProblems(cloud, context, [...path, 'name']) : []
}

function withoutRepetition(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map(problem => [JSON.stringify(problem), problem])).values()]
}
