import type { Cloud } from '../cloud.ts'
import type { Configuration, WantedCloud } from '../configuration.ts'
import { INITIATOR_ATTRIBUTE } from '../node-attributes.ts'
import type { Path, Problem } from '../problem.ts'
import type { AddressRange } from '../subnets.ts'
import { DEFAULT_VOLUME_GROUP } from '../volume-group.ts'
import { type KnownCluster, type KnownNode, knownNodes, type ResolveContext } from './context.ts'
import { adoptProblems, type DetachedCloud, detachedCloud } from './detached.ts'
import { changedCloud, immutableProblems, type SideMove, sideMove, withoutMove } from './existing-cloud.ts'
import { existingDataProblems, unreachableChoices } from './existing-data.ts'
import { newCloud, numberPool } from './new-cloud.ts'
import { newCloudPlacer } from './place-new.ts'
import { cibProblems } from './problems/cib-problems.ts'
import { nodeProblems, unknownNodes } from './problems/node-problems.ts'
import { addressOutsideNetwork, deviceNameProblems, numberProblems } from './problems/number-problems.ts'
import { missingRequirements, nameProblem } from './problems/requirements.ts'
import { sharedInitiators, sharedValues } from './problems/shared-values.ts'
import { usedValues } from './used-values.ts'
import { type ResolvedVserver, resolveVservers } from './vservers/resolve-vservers.ts'
import { withWishes } from './vservers/wishes.ts'

/** The result of resolving a configuration in a context. */
export interface Resolution {
  /** One for each cloud of the configuration, in its order, without those that have a problem. */
  readonly clouds: readonly ResolvedCloud[]
  /** One for each vserver, in the same way. */
  readonly vservers: readonly ResolvedVserver[]
  readonly nodes: readonly KnownNode[]
  readonly problems: readonly Problem[]
}

export interface ResolvedCloud {
  readonly wanted: WantedCloud
  /** The cloud as it is now; undefined when it is new. */
  readonly present: Cloud | undefined
  readonly cloud: Cloud
  /** Whether a new cloud adopts the existing data on its nodes, instead of being created empty. */
  readonly isAdopted: boolean
  /** A side that is to move to another node; `cloud` is the cloud before that. */
  readonly moved?: SideMove | undefined
}

/**
 * Chooses the values that a configuration leaves open. An existing cloud keeps everything that is not named; a new one gets free
 * values, in the order of the configuration. The same input gives the same result.
 */
export function resolve(given: Configuration, context: ResolveContext): Resolution {
  const configuration = withWishes(given, context.cluster)
  const nodes = knownNodes(configuration, context)
  const range = serviceAddresses(configuration, context)
  const create = creator(configuration, context, { nodes, range })
  const used = usedValues(context)
  const problems: Problem[] = unknownNodes(configuration, context)
  const clouds = configuration.clouds.flatMap((wanted, index): ResolvedCloud[] => {
    const path = ['clouds', index]
    const present = used.cloud(wanted.name)
    const moved = context.creating ? sideMove(present, wanted) : undefined
    const detached = present === undefined && context.adopting ? detachedCloud(wanted, context) : undefined
    const wrong = [
      ...nodeProblems(wanted, present, nodes, path),
      ...numberProblems(wanted, present, used, path),
      ...addressOutsideNetwork(wanted, present, range, path),
      ...(present
        ? immutableProblems(present, wanted, { path, moved })
        : newCloudProblems(wanted, { nodes, range, used, context, hasData: detached !== undefined }, path)),
    ]
    problems.push(...wrong)
    if (wrong.length > 0 || wanted.isMalformed) return []
    if (present) {
      const cloud = changedCloud(present, withoutMove(wanted, moved), { nodes, range })
      return [{ wanted, present, moved, cloud, isAdopted: false }]
    }
    return create(wanted, detached, path, problems).map(cloud => ({
      wanted,
      present,
      cloud,
      isAdopted: detached !== undefined,
    }))
  })
  const created = clouds.filter(({ present }) => present === undefined)
  if (created.length > 0 || namesInitiators(configuration, context))
    problems.push(...sharedInitiators(configuration.nodes, nodes))
  const unusable = [
    ...(context.cib ? cibProblems(context.cib, configuration, created) : []),
    ...sharedValues(configuration, clouds, context.cluster),
    ...clouds.flatMap(({ cloud, wanted }) =>
      deviceNameProblems(cloud, wanted, ['clouds', configuration.clouds.indexOf(wanted)]),
    ),
  ]
  const usable = withoutThoseOf(unusable, clouds, configuration)
  const { vservers, problems: ofVservers } = resolveVservers(given, usable, context)
  return {
    clouds: usable,
    vservers,
    nodes,
    problems: withoutRepetition([...problems, ...unusable, ...ofVservers].map(problem => writtenAt(problem, given))),
  }
}

/** The vhosts that a cloud should prefer may be written for a vserver on it. */
function writtenAt(problem: Problem, { clouds, vservers }: Configuration): Problem {
  const [list, index, key, ...rest] = problem.path
  const cloud = clouds[Number(index)]
  if (list !== 'clouds' || key !== 'vhosts' || cloud === undefined || cloud.preferredVhosts) return problem
  const writing = vservers.findIndex(vserver => vserver.cloud === cloud.name && vserver.preferredVhosts)
  return writing === -1 ? problem : { ...problem, path: ['vservers', writing, key, ...rest] }
}

/** Whether a configuration gives a node a different initiator name than the recorded one. */
function namesInitiators({ nodes }: Configuration, { cluster }: ResolveContext): boolean {
  const recorded = new Map(cluster.nodes.map(({ name, attributes }) => [name, attributes[INITIATOR_ATTRIBUTE]]))
  return nodes.some(({ name, initiator }) => initiator !== undefined && initiator !== recorded.get(name))
}

/** Why a cloud that does not exist yet cannot be created. */
function newCloudProblems(
  wanted: WantedCloud,
  known: Parameters<typeof nameProblem>[1] & Parameters<typeof missingRequirements>[1] & { context: ResolveContext },
  path: Path,
): Problem[] {
  const refused = nameProblem(wanted, known, path)
  return refused.length > 0 || wanted.isMalformed ? refused : missingRequirements(wanted, known, known.context, path)
}

function serviceAddresses({ networks }: Configuration, { facts }: ResolveContext): AddressRange | undefined {
  return networks.serviceAddresses ?? facts.find(fact => fact.serviceAddresses !== undefined)?.serviceAddresses
}

/** Resolves new clouds one after the other; one that cannot be created adds a problem. */
function creator(configuration: Configuration, context: ResolveContext, { nodes, range }: KnownCluster) {
  const placer = newCloudPlacer(context, nodes)
  const pool = numberPool(range, configuration, context)
  const clusterName = context.cluster.name ?? configuration.cluster ?? 'vhacs'
  return (wanted: WantedCloud, detached: DetachedCloud | undefined, path: Path, problems: Problem[]): Cloud[] => {
    const unreachable = unreachableChoices(wanted, context, path)
    problems.push(...unreachable)
    if (unreachable.length > 0) return []
    try {
      const placement = placer.place(
        detached ? withData(wanted, detached) : wanted,
        wanted.volumeGroup ?? DEFAULT_VOLUME_GROUP,
      )
      const cloud = newCloud(wanted, placement, { pool, clusterName, nodes })
      const wrong = dataProblems(cloud, detached, context, path)
      problems.push(...wrong)
      return wrong.length > 0 ? [] : [cloud]
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      problems.push({ path, message: error.message })
      return []
    }
  }
}

/** Placed where its data are, because they need no additional space. */
function withData(wanted: WantedCloud, { storageNodes }: DetachedCloud): WantedCloud {
  return { ...wanted, storageNodes: wanted.storageNodes ?? storageNodes, sizeBytes: 0 }
}

/** Data on its nodes that must not exist, or data to adopt that are missing. */
function dataProblems(
  cloud: Cloud,
  detached: DetachedCloud | undefined,
  context: ResolveContext,
  path: Path,
): Problem[] {
  if (detached) return adoptProblems(cloud, detached, context, path)
  return context.creating ? existingDataProblems(cloud, context, [...path, 'name']) : []
}

function withoutThoseOf(
  problems: readonly Problem[],
  clouds: readonly ResolvedCloud[],
  configuration: Configuration,
): ResolvedCloud[] {
  const wrong = new Set(problems.map(({ path: [, index] }) => configuration.clouds[Number(index)]))
  return clouds.filter(({ wanted }) => !wrong.has(wanted))
}

function withoutRepetition(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map(problem => [JSON.stringify(problem), problem])).values()]
}
