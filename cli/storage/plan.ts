import { parseAddressRange } from '../../cloud/addresses.ts'
import { addressesBeside, minorsBeside } from '../../cloud/allocate.ts'
import type { Cloud } from '../../cloud/cloud.ts'
import type { ReplicationEnd } from '../../cloud/drbd-resource.ts'
import { STORAGE_ATTRIBUTE, targetName, VHOST_ATTRIBUTE } from '../../cloud/names.ts'
import { type Candidate, placerBeside } from '../../cloud/place.ts'
import type { Cluster } from '../../cloud/read-cib.ts'
import type { Placement } from '../../cloud/tally.ts'
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
  const placements = await placeClouds(system, cluster, request)
  const vhosts = vhostsOf(cluster)
  if (vhosts.length === 0)
    throw new RangeError('no node has the role vhost, so nothing could mount the cloud: see "vhacs node --setrole"')
  const used = [...new Set(placements.flatMap(({ storageNodes }) => storageNodes))]
  const [facts, initiators] = await Promise.all([
    Promise.all(used.map(async node => [node, await backendFacts(system, node, request)] as const)),
    Promise.all(vhosts.map(node => initiatorName(system, node))),
  ])
  return allocate({ cluster, request, initiators, placements, facts: new Map(facts) })
}

interface Choices {
  readonly cluster: Cluster
  readonly request: CreateRequest
  readonly initiators: readonly string[]
  readonly placements: readonly Placement[]
  readonly facts: ReadonlyMap<string, Awaited<ReturnType<typeof backendFacts>>>
}

function allocate({ cluster, request, initiators, placements, facts }: Choices): Plan[] {
  const takeMinor = minorsBeside([...cluster.minors, ...[...facts.values()].flatMap(fact => fact.minors)])
  const takeAddress = addressesBeside(cluster.addresses)
  return request.names.map((name, index) => {
    const placement = placements[index]
    const [first, second] = placement?.storageNodes.map(node => facts.get(node)) ?? []
    if (!placement || !first || !second) throw new Error(`no nodes were chosen for ${name}`)
    const cloud: Cloud = {
      name,
      volumeGroup: request.volumeGroup,
      ...placement,
      minor: takeMinor(),
      address: takeAddress(first.range),
      prefixLength: first.range.prefixLength,
      iqn: targetName(cluster.name ?? 'vhacs', name),
      tpgt: 1,
      initiators,
      chap: undefined,
      directory: `${CLOUDS}/${name}`,
      mountOptions: '',
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

/** Where each cloud goes: to the first two with room of those asked for, else by the load of all that have room. */
async function placeClouds(system: System, cluster: Cluster, request: CreateRequest): Promise<Placement[]> {
  const { names, sizeBytes, volumeGroup } = request
  const candidates = request.nodes ?? storageNodesOf(cluster)
  const unknown = candidates.find(name => cluster.nodes.every(node => node.name !== name))
  if (unknown !== undefined) throw new RangeError(`${unknown} is no node of this cluster`)
  const rooms = await Promise.all(candidates.map(name => roomOn(system, name, request)))
  const placeNext = placerBeside(cluster.clouds)
  return names.map(name => {
    const roomy = rooms.filter(({ lack, freeBytes }) => lack === undefined && freeBytes >= sizeBytes)
    const [first, second] = roomy
    if (!first || !second) throw new RangeError(whyNoRoom(rooms, request))
    const storageNodes = request.nodes && ([first.name, second.name] as const)
    const wish = { name, sizeBytes, volumeGroup, storageNodes, preferredVhosts: undefined }
    const placement = placeNext(wish, candidatesIn(cluster, roomy, volumeGroup))
    for (const room of roomy) if (placement.storageNodes.includes(room.name)) room.freeBytes -= sizeBytes
    return placement
  })
}

/** The nodes with room, to hold data; all with the role, to mount. */
function candidatesIn(cluster: Cluster, roomy: readonly Room[], volumeGroup: string): Candidate[] {
  const free = new Map(roomy.map(({ name, freeBytes }) => [name, freeBytes]))
  const vhosts = new Set(vhostsOf(cluster))
  return cluster.nodes.map(({ name }) => ({
    name,
    roles: [...(free.has(name) ? (['storage'] as const) : []), ...(vhosts.has(name) ? (['vhost'] as const) : [])],
    freeBytes: { [volumeGroup]: free.get(name) ?? 0 },
  }))
}

function vhostsOf({ nodes }: Cluster): string[] {
  return nodes.filter(({ attributes }) => attributes[VHOST_ATTRIBUTE] === 'true').map(({ name }) => name)
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
