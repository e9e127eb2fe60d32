import type { Cluster } from '../../../cloud/cib/read/cluster.ts'
import type { Cloud } from '../../../cloud/cloud.ts'
import { resourceIds } from '../../../cloud/ids.ts'
import { vhostsAmong } from '../../../cloud/node-attributes.ts'
import { parseActiveResources } from '../../../cloud/pacemaker/active-resources.ts'
import { isNosuid } from '../../../cloud/resolve/vservers/nosuid.ts'
import { addressTextKey } from '../../../system/addresses.ts'
import { isAddressInUse } from '../../../system/nodes/address-probe.ts'
import { hasNspawn } from '../../../system/nodes/containers/software.ts'
import { mountedSpace } from '../../../system/nodes/node-facts.ts'
import { monitorCluster } from '../../../system/pacemaker/cib/cib.ts'
import type { System } from '../../../system/system.ts'
import { isMounted } from '../../clouds/lifecycle.ts'
import { selectClouds } from '../../clouds/select.ts'
import { ifAvailable } from '../../run/unavailable.ts'
import { roundedSize } from '../../terminal/sizes.ts'

/** Where trees are made: the storage, and the node on which it is mounted. */
export interface Site {
  readonly cloud: Cloud
  readonly node: string
}

/** Finds a storage that is mounted. @throws RangeError */
export async function siteOn(system: System, storage: string, cluster: Cluster): Promise<Site> {
  const [cloud, ...more] = storage === 'ALL' ? [] : selectClouds(storage, cluster)
  if (cloud === undefined || more.length > 0)
    throw new RangeError(`--storage: one storage is expected, got ${JSON.stringify(storage)}`)
  const node = await mountNode(system, cloud)
  if (node === undefined) {
    const todo =
      cloud.state === 'standby' ? `start it with "vhacs storage --active ${cloud.name}"` : 'see "vhacs storage --info"'
    throw new RangeError(`${cloud.name} is not mounted, so it can have no vserver now: ${todo}`)
  }
  return { cloud, node }
}

/** The node on which a cloud is mounted, in its kernel too; undefined where it is not. */
export async function mountNode(system: System, { name, directory }: Cloud): Promise<string | undefined> {
  const { filesystem } = resourceIds(name)
  const active = parseActiveResources(await monitorCluster(system))
  const node = active.find(({ id }) => id === filesystem)?.node
  return node !== undefined && (await isMounted(system, node, directory)) ? node : undefined
}

/** @throws RangeError where the file system has less room than that. */
export async function requireRoom(system: System, { cloud, node }: Site, leastBytes: number): Promise<void> {
  const space = (await mountedSpace(system, node, [cloud.directory])).get(cloud.directory)
  if (space === undefined || space.freeBytes >= leastBytes) return
  throw new RangeError(
    `${cloud.name} has ${roundedSize(space.freeBytes)} free, and ${roundedSize(leastBytes)} are needed: make it larger with "vhacs storage --grow ${cloud.name} --size SIZE"`,
  )
}

/**
 * What the operator should know of the nodes that may mount a storage before containers run on it.
 * @throws RangeError where the node on which it is mounted has no systemd-nspawn.
 */
export async function siteNotes(
  system: System,
  { cloud, node }: Site,
  { nodes }: Cluster,
  isRemounted: boolean,
): Promise<string[]> {
  const vhosts = vhostsAmong(nodes)
  const answers = await Promise.all(
    vhosts.map(async name => {
      return { name, isMissing: (await ifAvailable(hasNspawn(system, name))) === false }
    }),
  )
  const missing = answers.filter(({ isMissing }) => isMissing).map(({ name }) => name)
  const todo = 'install the package systemd-container there'
  if (missing.includes(node))
    throw new RangeError(`${node}, where ${cloud.name} is mounted, has no systemd-nspawn: ${todo}`)
  return [
    ...missing.map(name => `WARNING: ${name} has no systemd-nspawn, so no vserver can start on it: ${todo}`),
    ...(isNosuid(cloud.mountOptions) && !isRemounted
      ? [
          `WARNING: ${cloud.name} is mounted with nosuid, so su, sudo and all else that is setuid does nothing in containers on it: ${SUID_TODO}`,
        ]
      : []),
  ]
}

const SUID_TODO = 'write "options: nodev" for it in the file of clouds, and apply that with "vhacs compose"'

/** @throws RangeError for an address that something has. */
export async function requireFreeAddress(
  system: System,
  { node }: Site,
  address: string,
  { addresses }: Cluster,
): Promise<void> {
  const isKnown = addresses.some(other => addressTextKey(other) === addressTextKey(address))
  const isTaken = isKnown || (await isAddressInUse(system, node, address)) === true
  if (isTaken) throw new RangeError(`--address: ${address} is in use already`)
}
