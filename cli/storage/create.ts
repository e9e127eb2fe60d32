import { parseAddressRange } from '../../cloud/addresses.ts'
import { firstFreeAddress, lowestFreeMinor } from '../../cloud/allocate.ts'
import type { Cloud } from '../../cloud/cloud.ts'
import { drbdResource, type ReplicationEnd } from '../../cloud/drbd-resource.ts'
import { STORAGE_ATTRIBUTE, targetName, VHOST_ATTRIBUTE } from '../../cloud/names.ts'
import { createPatch } from '../../cloud/patch.ts'
import { type Cluster, readCib } from '../../cloud/read-cib.ts'
import { applyPatch, queryCib } from '../../system/cluster.ts'
import { initiatorName, interfaceAddress, nodeConf, spaceIn } from '../../system/node-facts.ts'
import { type System, ToolFailed } from '../../system/system.ts'
import { allOf, runSteps, type Step, type Work } from '../steps.ts'
import {
  bringUp,
  configuredMinors,
  configuredResources,
  deactivateVolume,
  hasResourceFile,
  makeFilesystem,
  makeMetadata,
  makeVolume,
  removeMarkedVolume,
  removeResource,
  takeDown,
  volumesIn,
  writeResourceFile,
} from './backend.ts'
import { forgetCloud, isConfigured, orderStop, waitUntilMounted, waitUntilStopped } from './running.ts'

/** What the operator asked for. */
export interface CreateRequest {
  readonly name: string
  readonly sizeBytes: number
  /** The two storage nodes; chosen by free space when not given. */
  readonly nodes: readonly string[] | undefined
  readonly volumeGroup: string
}

/** Below this directory every cloud has its mount point. */
const CLOUDS = '/clouds'

/**
 * Makes a cloud from nothing to mounted. Everything is checked before anything is changed; a step that fails is undone
 * with those before it.
 * @throws RangeError for a request that cannot be met, StepFailed for a step that failed.
 */
export async function createCloud(work: Work, request: CreateRequest): Promise<void> {
  const { system } = work
  const cluster = readCib(await queryCib(system))
  const { cloud, ends } = await plan(system, cluster, request)
  const mark = `vhacs_create_${system.now()}`
  await runSteps(stepsFor(work, { cloud, ends, mark, sizeBytes: request.sizeBytes }), work)
}

interface Undertaking {
  readonly cloud: Cloud
  readonly ends: readonly ReplicationEnd[]
  readonly mark: string
  readonly sizeBytes: number
}

function stepsFor({ system, interruption }: Work, { cloud, ends, mark, sizeBytes }: Undertaking): Step[] {
  const [first, second] = cloud.storageNodes
  const both = <T>(work: (node: string) => Promise<T>) => allOf([work(first), work(second)])
  const where = `on ${first} and ${second}`
  return [
    {
      name: `making the volume ${cloud.volumeGroup}/${cloud.name} ${where}`,
      run: () => both(node => makeVolume(system, node, cloud, sizeBytes, mark)),
      undo: () => both(node => removeMarkedVolume(system, node, cloud, mark)),
    },
    {
      name: `configuring DRBD ${where}`,
      run: () => both(node => writeResourceFile(system, node, cloud, drbdResource(cloud, ends))),
      undo: () => both(node => removeResource(system, node, cloud)),
    },
    { name: `making DRBD's meta-data ${where}`, run: () => both(node => makeMetadata(system, node, cloud)) },
    { name: `connecting DRBD ${where}`, run: () => both(node => bringUp(system, node, cloud)) },
    { name: `making the file system on ${first}`, run: () => makeFilesystem(system, first, cloud) },
    {
      name: `handing the cloud over ${where}`,
      run: async () => {
        await both(node => takeDown(system, node, cloud))
        await both(node => deactivateVolume(system, node, cloud))
      },
    },
    {
      name: 'putting the cloud into the cluster',
      run: async () => applyPatch(system, await queryCib(system), createPatch(cloud)),
      undo: async () => {
        if (!(await isConfigured(system, cloud.name))) return
        await orderStop(system, cloud)
        await waitUntilStopped(system, [cloud])
        await forgetCloud(system, cloud)
      },
    },
    {
      name: `waiting until ${cloud.directory} is mounted`,
      waits: true,
      run: () => waitUntilMounted(system, [cloud], interruption),
    },
  ]
}

async function plan(system: System, cluster: Cluster, request: CreateRequest) {
  refuseTakenName(cluster, request.name)
  const storageNodes = await chooseNodes(system, cluster, request)
  const vhosts = cluster.nodes.filter(node => node.attributes[VHOST_ATTRIBUTE] === 'true').map(({ name }) => name)
  if (vhosts.length === 0)
    throw new RangeError('no node has the role vhost, so nothing could mount the cloud: see "vhacs node --setrole"')
  const [first, second, initiators] = await Promise.all([
    backendFacts(system, storageNodes[0], request),
    backendFacts(system, storageNodes[1], request),
    Promise.all(vhosts.map(node => initiatorName(system, node))),
  ])
  const cloud: Cloud = {
    name: request.name,
    volumeGroup: request.volumeGroup,
    storageNodes,
    minor: lowestFreeMinor([...cluster.minors, ...first.minors, ...second.minors]),
    address: firstFreeAddress(first.range, cluster.addresses),
    prefixLength: first.range.prefixLength,
    iqn: targetName(cluster.name ?? 'vhacs', request.name),
    tpgt: 1,
    initiators,
    directory: `${CLOUDS}/${request.name}`,
    mountOptions: '',
    preferredVhosts: vhostPreference(vhosts, storageNodes),
    chap: undefined,
    state: 'active',
  }
  return { cloud, ends: [first.end, second.end] }
}

/** What must be known of a storage node, which must have nothing of this name. */
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
function refuseTakenName({ clouds, incomplete }: Cluster, name: string): void {
  const taken = [...clouds, ...incomplete].find(cloud => cloud.name.toLowerCase() === name.toLowerCase())
  if (taken) throw new RangeError(`a cloud named ${taken.name} is there already`)
}

async function chooseNodes(system: System, cluster: Cluster, request: CreateRequest): Promise<[string, string]> {
  const candidates = request.nodes ?? storageNodesOf(cluster)
  const unknown = candidates.find(name => cluster.nodes.every(node => node.name !== name))
  if (unknown !== undefined) throw new RangeError(`${unknown} is no node of this cluster`)
  const found = await Promise.all(candidates.map(name => roomOn(system, name, request)))
  const roomy = found.filter(({ lack }) => lack === undefined)
  const byChoice = request.nodes ? roomy : roomy.sort((one, other) => other.freeBytes - one.freeBytes)
  const [first, second] = byChoice.map(({ name }) => name)
  if (first !== undefined && second !== undefined) return [first, second]
  const size = `${Math.ceil(request.sizeBytes / 2 ** 20)} MiB`
  const lacks = found.flatMap(({ lack }) => lack ?? [])
  const why = lacks.join(', ') || `the role storage is on ${candidates.join(', ') || 'no node that is online'}`
  throw new RangeError(`two storage nodes with ${size} free in volume group ${request.volumeGroup} are needed: ${why}`)
}

/** How much room a node has; `lack` says why it is none to choose. */
async function roomOn(system: System, name: string, { volumeGroup, sizeBytes }: CreateRequest) {
  try {
    const { freeBytes } = await spaceIn(system, name, volumeGroup)
    if (freeBytes >= sizeBytes) return { name, freeBytes, lack: undefined }
    return { name, freeBytes, lack: `${name} has ${Math.floor(freeBytes / 2 ** 20)} MiB free` }
  } catch (error) {
    if (error instanceof ToolFailed) return { name, freeBytes: 0, lack: error.message }
    throw error
  }
}

function storageNodesOf({ nodes }: Cluster): string[] {
  return nodes.filter(node => node.isOnline && node.attributes[STORAGE_ATTRIBUTE] === 'true').map(node => node.name)
}

/** What is on a node under the cloud's name is somebody's data until the operator says otherwise. */
async function refuseLeftovers(system: System, node: string, { name, volumeGroup }: CreateRequest): Promise<void> {
  const [volumes, resources, hasFile] = await Promise.all([
    volumesIn(system, node, volumeGroup),
    configuredResources(system, node),
    hasResourceFile(system, node, { name }),
  ])
  if (volumes.includes(name))
    throw new RangeError(
      `${node} has a volume ${volumeGroup}/${name} already: take another name, or remove it if nobody needs its data`,
    )
  if (hasFile || resources.includes(name))
    throw new RangeError(`${node} has a DRBD resource ${name} in /etc/drbd.d already: take another name, or remove it`)
}
