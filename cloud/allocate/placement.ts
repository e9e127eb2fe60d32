import type { NodeRole } from '../configuration.ts'
import { type NodeLoad, nodeLoad, type Placement } from './node-load.ts'

/** A node as the placement sees it. */
export interface Candidate {
  readonly name: string
  readonly roles: readonly NodeRole[]
  /** By volume group; undefined when nobody has asked the node: then numbers of clouds alone decide. */
  readonly freeBytes: Readonly<Record<string, number>> | undefined
}

/** A cloud that is to be placed; what is undefined is to be chosen. */
export interface PlacementRequest {
  readonly name: string
  readonly sizeBytes: number
  readonly volumeGroup: string
  readonly storageNodes: readonly [string, string] | undefined
  /** Where those are to be chosen: of these the first two that are fit, instead of the best. */
  readonly storageOrder?: readonly string[] | undefined
  readonly preferredVhosts: readonly string[] | undefined
}

/** Places a cloud on nodes that had as much free space as they say before any was placed. */
export type Placer = (request: PlacementRequest, nodes: readonly Candidate[]) => Placement

/**
 * Places clouds one after the other, each beside those that are there and those placed before, which use up free space.
 * Replicas, exports and what each node would take over from each other one are spread by free space and number; each cloud
 * gets a vhost and one that takes over from it, rather without its data. The same input gives the same result; of equally
 * good nodes the first is taken. The placer throws a RangeError when a cloud has no two nodes with room, or names a node that
 * is none of the candidates.
 */
export function createPlacer(present: readonly Placement[]): Placer {
  const load = nodeLoad(present)
  const taken = new Map<string, number>()
  return (request, nodes) => {
    const takenOn = (node: string) => taken.get(`${node} ${request.volumeGroup}`) ?? 0
    const found = nodes.map(node => roomOn(node, request, takenOn(node.name)))
    const storageNodes = request.storageNodes ?? firstPair(found, request) ?? bestPair(found, request, load)
    refuseLack(storageNodes, found, request)
    const placement = { storageNodes, preferredVhosts: request.preferredVhosts ?? homes(nodes, storageNodes, load) }
    load.add(placement)
    for (const node of storageNodes) taken.set(`${node} ${request.volumeGroup}`, takenOn(node) + request.sizeBytes)
    return placement
  }
}

interface Room {
  readonly name: string
  readonly isStorage: boolean
  /** Undefined when nobody has asked. */
  readonly freeBytes: number | undefined
  readonly isEnough: boolean
}

function roomOn(
  { name, roles, freeBytes }: Candidate,
  { volumeGroup, sizeBytes }: PlacementRequest,
  takenBytes: number,
): Room {
  const free = freeBytes && (freeBytes[volumeGroup] ?? 0) - takenBytes
  return {
    name,
    isStorage: roles.includes('storage'),
    freeBytes: free,
    isEnough: free === undefined || free >= sizeBytes,
  }
}

/** The first two that are fit, of those that are wished for; undefined when all are the same to the request. */
function firstPair(found: readonly Room[], request: PlacementRequest): readonly [string, string] | undefined {
  if (request.storageOrder === undefined) return undefined
  const rooms = request.storageOrder.map(node => ({ node, room: found.find(({ name }) => name === node) }))
  const [first, second] = rooms.flatMap(({ node, room }) => (room?.isStorage && room.isEnough ? [node] : []))
  if (first !== undefined && second !== undefined) return [first, second]
  throw lackOf(
    request,
    rooms.map(({ node, room }) => (room ? roomText(room) : `${node} is not online or does not answer`)),
  )
}

/** The ordered pair of nodes that has the least to do, the cloud included, for the free space that it has. */
function bestPair(found: readonly Room[], request: PlacementRequest, load: NodeLoad): readonly [string, string] {
  const candidates = found.filter(({ isStorage, isEnough }) => isStorage && isEnough)
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
  throw lackOf(request, found.map(roomText))
}

/** How much of the load a node should have, where 1 is the mean: as much as it has of the free space, if all is known. */
function sharesOf(candidates: readonly Room[]): (node: Room) => number {
  const free = candidates.flatMap(({ freeBytes }) => freeBytes ?? [])
  const mean = free.reduce((sum, bytes) => sum + bytes, 0) / free.length
  return ({ freeBytes = mean }) => (free.length === candidates.length && mean > 0 ? freeBytes / mean : 1)
}

/** The vhost that mounts it, and the one that takes over from that: of those that are fit the two with the least to do. */
function homes(
  nodes: readonly Candidate[],
  storageNodes: readonly [string, string],
  load: NodeLoad,
): readonly string[] {
  const vhosts = nodes.filter(({ roles }) => roles.includes('vhost')).map(({ name }) => name)
  let best: readonly string[] = vhosts
  let least = Number.POSITIVE_INFINITY
  for (const first of fittest(vhosts, storageNodes))
    for (const second of fittest(without(vhosts, first), storageNodes)) {
      const cost = load.mounts(first) + load.mountsAfter(second, first)
      if (cost >= least) continue
      least = cost
      best = [first, second]
    }
  return best
}

/** Those without the cloud's data, else the one that does not export it, else that one. */
function fittest(vhosts: readonly string[], [exporter, other]: readonly [string, string]): readonly string[] {
  const elsewhere = without(without(vhosts, exporter), other)
  if (elsewhere.length > 0) return elsewhere
  return vhosts.includes(other) ? [other] : vhosts
}

function without(names: readonly string[], name: string): readonly string[] {
  return names.filter(found => found !== name)
}

function refuseLack(storageNodes: readonly [string, string], found: readonly Room[], request: PlacementRequest): void {
  const chosen = storageNodes.map(node => ({ node, room: found.find(({ name }) => name === node) }))
  const unknown = chosen.find(({ room }) => room === undefined)
  if (unknown) throw new RangeError(`${request.name}: ${unknown.node} is not a node of this cluster`)
  if (storageNodes[0] === storageNodes[1])
    throw new RangeError(`${request.name}: two storage nodes are needed, not ${storageNodes[0]} twice`)
  if (chosen.some(({ room }) => !room?.isEnough))
    throw lackOf(
      request,
      chosen.flatMap(({ room }) => (room ? [roomText(room)] : [])),
    )
}

function roomText({ name, isStorage, isEnough, freeBytes = 0 }: Room): string {
  if (!isEnough) return `${name} has ${mebibytes(freeBytes)} free`
  return `${name} ${isStorage ? 'has room' : 'does not have the storage role'}`
}

function lackOf({ name, sizeBytes, volumeGroup }: PlacementRequest, lacks: readonly string[]): RangeError {
  const need = `two storage nodes with ${Math.ceil(sizeBytes / 2 ** 20)} MiB free in volume group ${volumeGroup}`
  return new RangeError(`${name}: ${need} are needed: ${lacks.join(', ') || 'there is no node'}`)
}

const mebibytes = (bytes: number) => `${Math.floor(Math.max(bytes, 0) / 2 ** 20)} MiB`
