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

/** Parent of the default mount points. */
const MOUNT_ROOT = '/clouds'

/** Write access to the data of a cloud must not grant privileges on the node that mounts it. */
export const MOUNT_OPTIONS = 'nosuid,nodev'

/** Allocates minors and addresses; an allocated one counts as in use. */
interface NumberPool {
  takeMinor(name: string): number
  /** The requested address, otherwise a free one. @throws RangeError when none is free. */
  takeAddress(wanted: Pick<WantedCloud, 'address' | 'prefixLength'>): Pick<Cloud, 'address' | 'prefixLength'>
}

/**
 * Free minors and addresses: not in the CIB, nor in a node's DRBD configuration, nor named by a cloud of the configuration; and no
 * host answers at the address.
 */
export function numberPool(
  range: AddressRange | undefined,
  { clouds, vservers }: Configuration,
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
  const ownMinors = new Map(own.toReversed().map(({ name, minors }) => [name, minors[0]]))
  const nextMinor = minorAllocator([...foreign, ...own.flatMap(({ minors }) => minors)])
  const ofVservers = vservers.flatMap(({ address }) => (address && address !== 'none' ? [address.address] : []))
  const named = [...clouds.flatMap(({ address }) => address ?? []), ...ofVservers]
  const nextAddress = addressAllocator([...cluster.addresses, ...usedAddresses, ...named])
  return {
    takeMinor: name => {
      // of a DRBD resource that is already configured for the cloud
      const minor = ownMinors.get(name)
      return minor !== undefined && !foreign.has(minor) ? minor : nextMinor()
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
    directory: directory ?? `${MOUNT_ROOT}/${name}`,
    mountOptions: mountOptions ?? MOUNT_OPTIONS,
    preferredVhosts: placement.preferredVhosts,
    state: state ?? 'active',
  }
}
