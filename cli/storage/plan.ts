import { parseAddressRange } from '../../cloud/addresses.ts'
import { firstFreeAddress, lowestFreeMinor } from '../../cloud/allocate.ts'
import type { Cloud } from '../../cloud/cloud.ts'
import type { ReplicationEnd } from '../../cloud/drbd-resource.ts'
import { STORAGE_ATTRIBUTE, targetName, VHOST_ATTRIBUTE } from '../../cloud/names.ts'
import type { Cluster } from '../../cloud/read-cib.ts'
import { initiatorName, interfaceAddress, nodeConf, spaceIn } from '../../system/node-facts.ts'
import { type System, ToolFailed } from '../../system/system.ts'
import { configuredMinors, configuredResources, resourceFiles, volumesIn } from './backend.ts'

/** What the operator asked for. */
export interface CreateRequest {
  readonly names: readonly string[]
  readonly sizeBytes: number
  /** The two storage nodes; chosen by free space when not given. */
  readonly nodes: readonly string[] | undefined
  readonly volumeGroup: string
}

/** A cloud that has been given all it needs. */
export interface Plan {
  readonly cloud: Cloud
  readonly ends: readonly ReplicationEnd[]
}

/** Below this directory every cloud has its mount point. */
const CLOUDS = '/clouds'

/**
 * Gives each cloud its nodes, minor and address; no two the same. Only looks.
 * @throws RangeError for a request that cannot be met.
 */
export async function planClouds(system: System, cluster: Cluster, request: CreateRequest): Promise<Plan[]> {
  refuseTakenNames(cluster, request.names)
  const pairs = await chooseNodes(system, cluster, request)
  const vhosts = cluster.nodes.filter(node => node.attributes[VHOST_ATTRIBUTE] === 'true').map(({ name }) => name)
  if (vhosts.length === 0)
    throw new RangeError('no node has the role vhost, so nothing could mount the cloud: see "vhacs node --setrole"')
  const used = [...new Set(pairs.flat())]
  const [facts, initiators] = await Promise.all([
    Promise.all(used.map(async node => [node, await backendFacts(system, node, request)] as const)),
    Promise.all(vhosts.map(node => initiatorName(system, node))),
  ])
  return allocate({ cluster, request, vhosts, initiators, pairs, facts: new Map(facts) })
}

interface Choices {
  readonly cluster: Cluster
  readonly request: CreateRequest
  readonly vhosts: readonly string[]
  readonly initiators: readonly string[]
  readonly pairs: readonly (readonly [string, string])[]
  readonly facts: ReadonlyMap<string, Awaited<ReturnType<typeof backendFacts>>>
}

function allocate({ cluster, request, vhosts, initiators, pairs, facts }: Choices): Plan[] {
  const minors = new Set([...cluster.minors, ...[...facts.values()].flatMap(fact => fact.minors)])
  const addresses = new Set(cluster.addresses)
  return request.names.map((name, index) => {
    const storageNodes = pairs[index]
    const [first, second] = storageNodes?.map(node => facts.get(node)) ?? []
    if (!storageNodes || !first || !second) throw new Error(`no nodes were chosen for ${name}`)
    const minor = lowestFreeMinor(minors)
    const address = firstFreeAddress(first.range, addresses)
    minors.add(minor)
    addresses.add(address)
    const cloud: Cloud = {
      name,
      volumeGroup: request.volumeGroup,
      storageNodes,
      minor,
      address,
      prefixLength: first.range.prefixLength,
      iqn: targetName(cluster.name ?? 'vhacs', name),
      tpgt: 1,
      initiators,
      chap: undefined,
      directory: `${CLOUDS}/${name}`,
      mountOptions: '',
      preferredVhosts: vhostPreference(vhosts, storageNodes),
      state: 'active',
    }
    return { cloud, ends: [first.end, second.end] }
  })
}

/** What must be known of a storage node, which must have nothing of these names. */
async function backendFacts(system: System, node: string, request: CreateRequest) {
  const [conf, minors] = await Promise.all([
    nodeConf(system, node),
    configuredMinors(system, node),
    refuseLeftovers(system, node, request),
  ])
  const address = await interfaceAddress(system, node, conf.replicationInterface)
  return { range: parseAddressRange(conf.serviceAddresses), minors, end: { node, address } }
}

/**
 * Vhosts without the cloud's data first, the node where the export starts not at all: the death of one node then costs the
 * cloud its export or its mount, not both.
 */
function vhostPreference(vhosts: readonly string[], [exporter, other]: readonly [string, string]): string[] {
  const elsewhere = vhosts.filter(node => node !== exporter && node !== other)
  return [...elsewhere, ...vhosts.filter(node => node === other)]
}

/** Target names are in lower case, so two clouds may not differ in case only. */
function refuseTakenNames({ clouds, incomplete }: Cluster, names: readonly string[]): void {
  const taken = new Map([...clouds, ...incomplete].map(({ name }) => [name.toLowerCase(), name]))
  for (const name of names) {
    const other = taken.get(name.toLowerCase())
    if (other !== undefined) throw new RangeError(`a cloud named ${other} is there already`)
    taken.set(name.toLowerCase(), name)
  }
}

interface Room {
  readonly name: string
  freeBytes: number
  /** Why it is none to choose. */
  readonly lack: string | undefined
}

/** Two nodes for each cloud: those asked for, else the two that have the most room left then. */
async function chooseNodes(system: System, cluster: Cluster, request: CreateRequest): Promise<[string, string][]> {
  const candidates = request.nodes ?? storageNodesOf(cluster)
  const unknown = candidates.find(name => cluster.nodes.every(node => node.name !== name))
  if (unknown !== undefined) throw new RangeError(`${unknown} is no node of this cluster`)
  const rooms = await Promise.all(candidates.map(name => roomOn(system, name, request)))
  return request.names.map(() => {
    const roomy = rooms.filter(({ lack, freeBytes }) => lack === undefined && freeBytes >= request.sizeBytes)
    const [first, second] = request.nodes ? roomy : roomy.sort((one, other) => other.freeBytes - one.freeBytes)
    if (!first || !second) throw new RangeError(whyNoRoom(rooms, request))
    for (const room of [first, second]) room.freeBytes -= request.sizeBytes
    return [first.name, second.name]
  })
}

function whyNoRoom(rooms: readonly Room[], { names, sizeBytes, volumeGroup }: CreateRequest): string {
  const size = `${Math.ceil(sizeBytes / 2 ** 20)} MiB${names.length > 1 ? ` for each of ${names.length} clouds` : ''}`
  const lacks = rooms.flatMap(({ name, freeBytes, lack }) => {
    if (lack === undefined && freeBytes >= sizeBytes) return []
    return [lack ?? `${name} has ${Math.floor(freeBytes / 2 ** 20)} MiB free`]
  })
  const left = names.length > 1 && lacks.length > 0 ? ' when the others have theirs' : ''
  const holders = rooms.map(({ name }) => name).join(', ')
  const why = lacks.join(', ') || `the role storage is on ${holders || 'no node that is online'}`
  return `two storage nodes with ${size} free in volume group ${volumeGroup} are needed: ${why}${left}`
}

async function roomOn(system: System, name: string, { volumeGroup }: CreateRequest): Promise<Room> {
  try {
    const { freeBytes } = await spaceIn(system, name, volumeGroup)
    return { name, freeBytes, lack: undefined }
  } catch (error) {
    if (error instanceof ToolFailed) return { name, freeBytes: 0, lack: error.message }
    throw error
  }
}

function storageNodesOf({ nodes }: Cluster): string[] {
  return nodes.filter(node => node.isOnline && node.attributes[STORAGE_ATTRIBUTE] === 'true').map(node => node.name)
}

/** What is on a node under a cloud's name is somebody's data until the operator says otherwise. */
async function refuseLeftovers(system: System, node: string, { names, volumeGroup }: CreateRequest): Promise<void> {
  const [volumes, resources, files] = await Promise.all([
    volumesIn(system, node, volumeGroup),
    configuredResources(system, node),
    resourceFiles(system, node),
  ])
  for (const name of names) {
    if (volumes.includes(name))
      throw new RangeError(
        `${node} has a volume ${volumeGroup}/${name} already: take another name, or remove it if nobody needs its data`,
      )
    if (files.includes(`${name}.res`) || resources.includes(name))
      throw new RangeError(
        `${node} has a DRBD resource ${name} in /etc/drbd.d already: take another name, or remove it`,
      )
  }
}
