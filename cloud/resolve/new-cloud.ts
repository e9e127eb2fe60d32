import type { Placement } from '../allocate/node-load.ts'
import { addressAllocator, minorAllocator } from '../allocate/numbers.ts'
import type { Cloud } from '../cloud.ts'
import type { Configuration, WantedCloud } from '../configuration.ts'
import { drbdPort } from '../devices.ts'
import { targetName } from '../names.ts'
import type { AddressRange } from '../subnets.ts'
import { DEFAULT_VOLUME_GROUP } from '../volume-group.ts'
import type { KnownNode, ResolveContext } from './context.ts'
import { initiatorsOf } from './initiators.ts'

/** Below this directory every cloud has its mount point. */
const CLOUDS = '/clouds'

/** The numbers and names that are in use; what is taken is in use from then on. */
export interface NumberPool {
  takeMinor(name: string): number
  /** The address that is wanted, else a free one. @throws RangeError when there is none. */
  takeAddress(wanted: Pick<WantedCloud, 'address' | 'prefixLength'>): Pick<Cloud, 'address' | 'prefixLength'>
}

/**
 * What is free: neither in the CIB, nor in DRBD's configuration of a node, nor asked for by a cloud of the configuration, nor
 * usedAddresses.
 */
export function numberPool(
  range: AddressRange | undefined,
  { clouds }: Configuration,
  { cluster, facts, usedAddresses }: ResolveContext,
): NumberPool {
  const names = new Set(clouds.map(({ name }) => name))
  const all = facts.flatMap(({ drbd }) => drbd)
  const [own, configured] = [all.filter(({ name }) => names.has(name)), all.filter(({ name }) => !names.has(name))]
  const ports = configured.flatMap(resource => resource.ports)
  const foreign = new Set([
    ...cluster.minors,
    ...configured.flatMap(resource => resource.minors),
    ...ports.map(port => port - drbdPort(0)),
    ...clouds.flatMap(({ minor }) => minor ?? []),
  ])
  const made = new Map(own.toReversed().map(({ name, minors }) => [name, minors[0]]))
  const nextMinor = minorAllocator([...foreign, ...own.flatMap(({ minors }) => minors)])
  const asked = clouds.flatMap(({ address }) => address ?? [])
  const nextAddress = addressAllocator([...cluster.addresses, ...usedAddresses, ...asked])
  return {
    takeMinor: name => {
      // of a resource that somebody has made for it
      const present = made.get(name)
      return present !== undefined && !foreign.has(present) ? present : nextMinor()
    },
    takeAddress: ({ address, prefixLength = range?.prefixLength }) => {
      if (address !== undefined && prefixLength !== undefined) return { address, prefixLength }
      if (range === undefined) throw new RangeError('there are no addresses to choose from')
      return { address: nextAddress(range), prefixLength: range.prefixLength }
    },
  }
}

/** @throws RangeError when something cannot be chosen. */
export function newCloud(
  wanted: WantedCloud,
  placement: Placement,
  context: { readonly pool: NumberPool; readonly clusterName: string; readonly nodes: readonly KnownNode[] },
): Cloud {
  const { name, volumeGroup, directory, mountOptions, minor, iqn, tpgt, chap, state } = wanted
  const { pool, clusterName, nodes } = context
  return {
    name,
    volumeGroup: volumeGroup ?? DEFAULT_VOLUME_GROUP,
    storageNodes: placement.storageNodes,
    minor: minor ?? pool.takeMinor(name),
    ...pool.takeAddress(wanted),
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
