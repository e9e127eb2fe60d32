import { addressTextKey } from '../../system/addresses.ts'
import type { IncompleteCloud } from '../cib/read/cluster.ts'
import type { Cloud } from '../cloud.ts'
import { drbdPort } from '../devices.ts'
import type { ResolveContext } from './context.ts'

/** The values in use in a cluster, indexed for lookups by hundreds of clouds. */
export interface UsedValues {
  /** An existing cloud, including one that deviates and can be repaired. */
  cloud(name: string): Cloud | undefined
  incomplete(name: string): IncompleteCloud | undefined
  /** Name of a cloud that is the same, or differs only in case. */
  similarName(name: string): string | undefined
  hasAddress(address: string): boolean
  /** Whether a host answers at the address. */
  answers(address: string): boolean
  /** Whether a resource other than the cloud's own has the minor, or the port that would follow from it. */
  hasMinor(minor: number, cloud: string): boolean
}

export function usedValues({ cluster, facts, usedAddresses }: ResolveContext): UsedValues {
  const clouds = byName([...cluster.clouds, ...cluster.repairable])
  const incomplete = byName(cluster.incomplete)
  const similar = new Map([...cluster.incomplete, ...cluster.clouds].map(({ name }) => [name.toLowerCase(), name]))
  const addresses = new Set(cluster.addresses.map(addressTextKey))
  const answers = new Set(usedAddresses.map(addressTextKey))
  const minors = new Set(cluster.minors)
  const owners = ownersOfMinors(facts)
  return {
    cloud: name => clouds.get(name),
    incomplete: name => incomplete.get(name),
    similarName: name => similar.get(name.toLowerCase()),
    hasAddress: address => addresses.has(addressTextKey(address)),
    answers: address => answers.has(addressTextKey(address)),
    hasMinor: (minor, cloud) => minors.has(minor) || [...(owners.get(minor) ?? [])].some(name => name !== cloud),
  }
}

function byName<T extends { readonly name: string }>(items: readonly T[]): Map<string, T> {
  return new Map(items.map(item => [item.name, item]))
}

function ownersOfMinors(facts: ResolveContext['facts']): Map<number, Set<string>> {
  const owners = new Map<number, Set<string>>()
  for (const { name, minors, ports } of facts.flatMap(({ drbd }) => drbd))
    for (const minor of [...minors, ...ports.map(port => port - drbdPort(0))])
      owners.set(minor, (owners.get(minor) ?? new Set()).add(name))
  return owners
}
