import type { AddressRange } from '../addresses.ts'
import { firstFreeAddress, lowestFreeMinor } from '../allocate.ts'
import type { Cloud } from '../cloud.ts'
import type { Configuration, WantedCloud } from '../configuration.ts'
import { drbdPort, targetName } from '../names.ts'
import type { Placement } from '../tally.ts'
import { initiatorsOf } from './initiators.ts'
import type { KnownNode, Situation } from './situation.ts'

/** Below this directory every cloud has its mount point. */
const CLOUDS = '/clouds'
export const VOLUME_GROUP = 'vhacs'

/** The numbers and names that are in use; what is taken is in use from then on. */
export interface Pool {
  takeMinor(name: string): number
  /** @throws RangeError when none is free. */
  takeAddress(): string
  readonly prefixLength: number
}

/**
 * What is free: neither in the CIB, nor in DRBD's configuration of a node, nor asked for by a cloud of the configuration, nor
 * answering.
 */
export function poolOf(range: AddressRange, { clouds }: Configuration, { cluster, facts, answering }: Situation): Pool {
  const names = new Set(clouds.map(({ name }) => name))
  const all = facts.flatMap(({ drbd }) => drbd)
  const [own, configured] = [all.filter(({ name }) => names.has(name)), all.filter(({ name }) => !names.has(name))]
  const ports = configured.flatMap(resource => resource.ports)
  const minors = new Set([
    ...cluster.minors,
    ...configured.flatMap(resource => resource.minors),
    ...ports.map(port => port - drbdPort(0)),
    ...clouds.flatMap(({ minor }) => minor ?? []),
  ])
  const addresses = new Set([...cluster.addresses, ...answering, ...clouds.flatMap(({ address }) => address ?? [])])
  return {
    prefixLength: range.prefixLength,
    takeMinor: name => {
      // of a resource that somebody has made for it
      const present = own.find(resource => resource.name === name)?.minors[0]
      if (present !== undefined && !minors.has(present)) return present
      const minor = lowestFreeMinor([...minors, ...own.flatMap(resource => resource.minors)])
      minors.add(minor)
      return minor
    },
    takeAddress: () => {
      const address = firstFreeAddress(range, addresses)
      addresses.add(address)
      return address
    },
  }
}

/** @throws RangeError when something cannot be chosen. */
export function newCloud(
  wanted: WantedCloud,
  placement: Placement,
  context: { readonly pool: Pool; readonly clusterName: string; readonly nodes: readonly KnownNode[] },
): Cloud {
  const { name, volumeGroup, directory, mountOptions, address, minor, iqn, tpgt, chap, state } = wanted
  const { pool, clusterName, nodes } = context
  return {
    name,
    volumeGroup: volumeGroup ?? VOLUME_GROUP,
    storageNodes: placement.storageNodes,
    minor: minor ?? pool.takeMinor(name),
    address: address ?? pool.takeAddress(),
    prefixLength: pool.prefixLength,
    iqn: iqn ?? targetName(clusterName, name),
    tpgt: tpgt ?? 1,
    initiators: initiatorsOf(wanted, nodes),
    chap: chap === 'none' ? undefined : chap,
    directory: directory ?? `${CLOUDS}/${name}`,
    mountOptions: mountOptions ?? '',
    preferredVhosts: placement.preferredVhosts,
    state: state ?? 'active',
  }
}
