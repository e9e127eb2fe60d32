import { type StorageNodes, storageNodesIn } from '../cloud.ts'
import { type NodeLoad, nodeLoad, type Placement } from './node-load.ts'
import { type Candidate, isSuitable, type PlacementRequest, type Room, roomOn, roomText } from './room.ts'

/** Places one cloud. `freeBytes` of the nodes is what was free before the first cloud was placed. */
type Placer = (request: PlacementRequest, nodes: readonly Candidate[]) => Placement

/**
 * Places clouds one after the other, taking into account the existing ones and those placed before, which use free space.
 * Replicas, exports and failover load are balanced by free space and number; each cloud gets a vhost and one that takes over
 * from it, preferably without its data. The same input gives the same result; of equally good nodes the first is taken. The
 * placer throws a RangeError when too few nodes have room for a cloud, or when it names a node that is not a
 * candidate.
 */
export function createPlacer(existing: readonly Placement[]): Placer {
  const load = nodeLoad(existing)
  const allocatedBytes = new Map<string, number>()
  return (request, nodes) => {
    const key = (node: string) => `${node} ${request.volumeGroup}`
    const allocatedOn = (node: string) => allocatedBytes.get(key(node)) ?? 0
    const rooms = nodes.map(node => roomOn(node, request, allocatedOn(node.name)))
    const storageNodes = request.storageNodes ?? firstNodes(rooms, request) ?? bestNodes(rooms, request, load)
    requireRoom(storageNodes, rooms, request)
    const placement = {
      storageNodes,
      preferredVhosts: request.preferredVhosts ?? bestVhosts(nodes.filter(isAvailable), storageNodes, load),
    }
    load.add(placement)
    for (const { name, volumeBytes } of rooms)
      if (storageNodes.includes(name)) allocatedBytes.set(key(name), allocatedOn(name) + volumeBytes)
    return placement
  }
}

function isAvailable({ isOnline = true }: Candidate): boolean {
  return isOnline
}

/** The first suitable nodes of the request's list; undefined when it has no list. */
function firstNodes(rooms: readonly Room[], request: PlacementRequest): StorageNodes | undefined {
  if (request.storageOrder === undefined) return undefined
  const ordered = request.storageOrder.map(node => ({ node, room: rooms.find(({ name }) => name === node) }))
  const suitable = ordered.flatMap(({ node, room }) => (room && isSuitable(room) ? [node] : []))
  const chosen = storageNodesIn(suitable.slice(0, copiesOf(request)))
  if (chosen !== undefined && chosen.length === copiesOf(request)) return chosen
  throw noRoom(
    request,
    ordered.map(({ node, room }) => (room ? roomText(room) : `${node} is not a node of this cluster`)),
  )
}

function copiesOf({ storageNodes, copies = 2 }: PlacementRequest): number {
  return storageNodes?.length ?? copies
}

/** The best pair, and for more copies then the nodes with the least load beside these. */
function bestNodes(rooms: readonly Room[], request: PlacementRequest, load: NodeLoad): StorageNodes {
  let chosen: StorageNodes = bestPair(rooms, request, load)
  const candidates = rooms.filter(isSuitable)
  const share = sharesOf(candidates)
  while (chosen.length < copiesOf(request)) {
    const costs = candidates
      .filter(({ name }) => !chosen.includes(name))
      .map(node => {
        const shared = chosen.reduce((sum, other) => sum + load.shared(node.name, other), 0)
        return { name: node.name, cost: (load.replicas(node.name) + 1) / share(node) + shared }
      })
    const [best] = costs.toSorted((one, other) => one.cost - other.cost)
    if (best === undefined) throw noRoom(request, rooms.map(roomText))
    chosen = [...chosen, best.name]
  }
  return chosen
}

/** The ordered pair of nodes with the least load, the cloud included, in relation to their free space. */
function bestPair(rooms: readonly Room[], request: PlacementRequest, load: NodeLoad): readonly [string, string] {
  const candidates = rooms.filter(isSuitable)
  const share = sharesOf(candidates)
  let best: readonly [string, string] | undefined
  let least = Number.POSITIVE_INFINITY
  for (const first of candidates)
    for (const second of candidates) {
      if (first === second) continue
      const [a, b] = [first.name, second.name]
      const replicas = (load.replicas(a) + 1) / share(first) + (load.replicas(b) + 1) / share(second)
      const cost = replicas + (load.exports(a) + 1) / share(first) + load.shared(a, b) + load.takesOver(b, a)
      if (cost >= least) continue
      least = cost
      best = [a, b]
    }
  if (best) return best
  throw noRoom(request, rooms.map(roomText))
}

/** A node's share of the load, where 1 is the mean: its share of the free space, if all free space is known. */
export function sharesOf(candidates: readonly Room[]): (node: Room) => number {
  const free = candidates.flatMap(({ freeBytes }) => freeBytes ?? [])
  const mean = free.reduce((sum, bytes) => sum + bytes, 0) / free.length
  return ({ freeBytes = mean }) => (free.length === candidates.length && mean > 0 ? freeBytes / mean : 1)
}

/** The vhost that mounts the cloud, and the one that takes over from it: of the suitable ones the two with the least load. */
function bestVhosts(nodes: readonly Candidate[], storageNodes: StorageNodes, load: NodeLoad): readonly string[] {
  const vhosts = nodes.filter(({ roles }) => roles.includes('vhost')).map(({ name }) => name)
  let best: readonly string[] = vhosts
  let least = Number.POSITIVE_INFINITY
  for (const first of mostSuitable(vhosts, storageNodes))
    for (const second of mostSuitable(without(vhosts, first), storageNodes)) {
      const cost = load.mounts(first) + load.mountsAfter(second, first)
      if (cost >= least) continue
      least = cost
      best = [first, second]
    }
  return best
}

/** The vhosts without the cloud's data; if there are none, those that do not export it; else the exporter. */
function mostSuitable(vhosts: readonly string[], [exporter, ...others]: StorageNodes): readonly string[] {
  const elsewhere = vhosts.filter(name => name !== exporter && !others.includes(name))
  if (elsewhere.length > 0) return elsewhere
  const beside = vhosts.filter(name => others.includes(name))
  return beside.length > 0 ? beside : vhosts
}

function without(names: readonly string[], name: string): readonly string[] {
  return names.filter(other => other !== name)
}

function requireRoom(storageNodes: StorageNodes, rooms: readonly Room[], request: PlacementRequest): void {
  const chosen = storageNodes.map(node => ({ node, room: rooms.find(({ name }) => name === node) }))
  const unknown = chosen.find(({ room }) => room === undefined)
  if (unknown) throw new RangeError(`${request.name}: ${unknown.node} is not a node of this cluster`)
  const repeated = storageNodes.find((node, index) => storageNodes.indexOf(node) !== index)
  if (repeated !== undefined)
    throw new RangeError(`${request.name}: ${numberOf(request)} storage nodes are needed, not ${repeated} twice`)
  if (chosen.some(({ room }) => !room?.isEnough))
    throw noRoom(
      request,
      chosen.flatMap(({ room }) => (room ? [roomText(room)] : [])),
    )
}

function numberOf(request: PlacementRequest): string {
  return copiesOf(request) === 2 ? 'two' : 'three'
}

function noRoom(request: PlacementRequest, reasons: readonly string[]): RangeError {
  const { name, sizeBytes, volumeGroup } = request
  const need = `${numberOf(request)} storage nodes with ${Math.ceil(sizeBytes / 2 ** 20)} MiB free in volume group ${volumeGroup}`
  return new RangeError(`${name}: ${need} are needed: ${reasons.join(', ') || 'there are no nodes'}`)
}
