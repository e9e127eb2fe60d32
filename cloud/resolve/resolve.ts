import type { AddressRange } from '../addresses.ts'
import type { Cloud } from '../cloud.ts'
import type { Configuration, WantedCloud } from '../configuration.ts'
import type { Complaint, Path } from '../problem.ts'
import { type KnownNode, knownNodes, type Situation, type Surroundings } from './context.ts'
import { type Left, leftOf, unattachable } from './detached.ts'
import { changedCloud, unchangeable } from './existing-cloud.ts'
import { newCloud, poolOf, VOLUME_GROUP } from './new-cloud.ts'
import { placerFor } from './place-new.ts'
import { takenIn } from './taken.ts'
import {
  lacking,
  leftovers,
  outside,
  refusedName,
  silentChoices,
  strangers,
  wrongNodes,
  wrongNumbers,
} from './validation.ts'

/** Configuration and situation together. */
export interface Resolution {
  /** One for each that is wanted, in their order; without those that there is a complaint about. */
  readonly clouds: readonly ResolvedCloud[]
  readonly nodes: readonly KnownNode[]
  readonly complaints: readonly Complaint[]
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
export function resolve(configuration: Configuration, situation: Situation): Resolution {
  const nodes = knownNodes(configuration, situation)
  const range = serviceAddresses(configuration, situation)
  const create = creator(configuration, situation, { nodes, range })
  const taken = takenIn(situation)
  const complaints: Complaint[] = strangers(configuration, situation)
  const clouds = configuration.clouds.flatMap((wanted, index): ResolvedCloud[] => {
    const path = ['clouds', index]
    const present = taken.cloud(wanted.name)
    const left = present === undefined && situation.attaches ? leftOf(wanted, situation) : undefined
    const refused = present ? [] : refusedName(wanted, { taken, hasData: left !== undefined }, path)
    const wrong = [
      ...wrongNodes(wanted, present, nodes, path),
      ...wrongNumbers(wanted, present, taken, path),
      ...outside(wanted, present, range, path),
      ...(present
        ? unchangeable(present, wanted, path)
        : refused.length > 0
          ? refused
          : lacking(wanted, { nodes, range, hasData: left !== undefined }, situation, path)),
    ]
    complaints.push(...wrong)
    if (wrong.length > 0) return []
    if (present) return [{ wanted, present, cloud: changedCloud(present, wanted, { nodes, range }), isAttached: false }]
    return create(wanted, left, path, complaints).map(cloud => ({
      wanted,
      present,
      cloud,
      isAttached: left !== undefined,
    }))
  })
  return { clouds, nodes, complaints: withoutRepetition(complaints) }
}

function serviceAddresses({ networks }: Configuration, { facts }: Situation): AddressRange | undefined {
  return networks.serviceAddresses ?? facts.find(said => said.serviceAddresses !== undefined)?.serviceAddresses
}

/** Makes new clouds one after the other; one that cannot be made adds a complaint. */
function creator(configuration: Configuration, situation: Situation, { nodes, range }: Surroundings) {
  const placer = placerFor(situation, nodes)
  const pool = poolOf(range, configuration, situation)
  const clusterName = situation.cluster.name ?? configuration.cluster ?? 'vhacs'
  return (wanted: WantedCloud, left: Left | undefined, path: Path, complaints: Complaint[]): Cloud[] => {
    const unheard = silentChoices(wanted, situation, path)
    complaints.push(...unheard)
    if (unheard.length > 0) return []
    try {
      const placement = placer.place(left ? withData(wanted, left) : wanted, wanted.volumeGroup ?? VOLUME_GROUP)
      const cloud = newCloud(wanted, placement, { pool, clusterName, nodes })
      const wrong = obstacles(cloud, left, situation, path)
      complaints.push(...wrong)
      return wrong.length > 0 ? [] : [cloud]
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      complaints.push({ path, message: error.message })
      return []
    }
  }
}

/** On the nodes where its data are, which need no more room. */
function withData(wanted: WantedCloud, { storageNodes }: Left): WantedCloud {
  return { ...wanted, storageNodes: wanted.storageNodes ?? storageNodes, sizeBytes: 0 }
}

/** What is on its nodes and must not be, or is not and must. */
function obstacles(cloud: Cloud, left: Left | undefined, situation: Situation, path: Path): Complaint[] {
  if (left) return unattachable(cloud, left, situation, path)
  return situation.makes ? leftovers(cloud, situation, [...path, 'name']) : []
}

function withoutRepetition(complaints: readonly Complaint[]): Complaint[] {
  return [...new Map(complaints.map(complaint => [JSON.stringify(complaint), complaint])).values()]
}
