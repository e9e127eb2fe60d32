import type { NodeRole } from '../configuration.ts'
import { valueAt } from '../value-at.ts'
import { type NodeLoad, nodeLoad, type Placement } from './node-load.ts'

/** A node on which clouds can be placed. */
export interface Candidate {
  readonly name: string
  readonly roles: readonly NodeRole[]
  /** False for a node that is offline or unreachable: it can be named explicitly, but is not chosen. */
  readonly isOnline?: boolean
  /** By volume group; undefined when unknown: then only the numbers of clouds decide. */
  readonly freeBytes: Readonly<Record<string, number>> | undefined
  /** Size of an extent, by volume group: a volume consists of whole ones. */
  readonly extentBytes?: Readonly<Record<string, number>> | undefined
}

/** A cloud to place; undefined values are chosen. */
export interface PlacementRequest {
  readonly name: string
  readonly sizeBytes: number
  readonly volumeGroup: string
  readonly storageNodes: readonly [string, string] | undefined
  /** If they are chosen: the first two suitable nodes of this list, instead of the best two of all. */
  readonly storageOrder?: readonly string[] | undefined
  readonly preferredVhosts: readonly string[] | undefined
}

/** Places one cloud. `freeBytes` of the nodes is what was free before the first cloud was placed. */
type Placer = (request: PlacementRequest, nodes: readonly Candidate[]) => Placement

/**
 * Places clouds one after the other, taking into account the existing ones and those placed before, which use free space.
 * Replicas, exports and failover load are balanced by free space and number; each cloud gets a vhost and one that takes over
 * from it, preferably without its data. The same input gives the same result; of equally good nodes the first is taken. The
 * placer throws a RangeError when fewer than two nodes have room for a cloud, or when it names a node that is not a
 * candidate.
 */
export function createPlacer(existing: readonly Placement[]): Placer {
  const load = nodeLoad(existing)
  const allocatedBytes = new Map<string, number>()
  return (request, nodes) => {
    const key = (node: string) => `${node} ${request.volumeGroup}`
    const allocatedOn = (node: string) => allocatedBytes.get(key(node)) ?? 0
    const rooms = nodes.map(node => roomOn(node, request, allocatedOn(node.name)))
    const storageNodes = request.storageNodes ?? firstPair(rooms, request) ?? bestPair(rooms, request, load)
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

/** A node, and whether a cloud fits on it. */
interface Room {
  readonly name: string
  readonly isStorage: boolean
  readonly isOnline: boolean
  /** Undefined when unknown. */
  readonly freeBytes: number | undefined
  /** The space that the cloud's volume would take there. */
  readonly volumeBytes: number
  readonly isEnough: boolean
}

function roomOn(
  { name, roles, freeBytes, extentBytes, isOnline = true }: Candidate,
  { volumeGroup, sizeBytes }: PlacementRequest,
  allocatedBytes: number,
): Room {
  const free = freeBytes && (valueAt(freeBytes, volumeGroup) ?? 0) - allocatedBytes
  const extent = valueAt(extentBytes, volumeGroup) || 1
  const volumeBytes = Math.ceil(sizeBytes / extent) * extent
  return {
    name,
    isStorage: roles.includes('storage'),
    isOnline,
    freeBytes: free,
    volumeBytes,
    isEnough: free === undefined || free >= volumeBytes,
  }
}

/** The first two suitable nodes of the request's list; undefined when it has no list. */
function firstPair(rooms: readonly Room[], request: PlacementRequest): readonly [string, string] | undefined {
  if (request.storageOrder === undefined) return undefined
  const ordered = request.storageOrder.map(node => ({ node, room: rooms.find(({ name }) => name === node) }))
  const [first, second] = ordered.flatMap(({ node, room }) => (room && isSuitable(room) ? [node] : []))
  if (first !== undefined && second !== undefined) return [first, second]
  throw noRoom(
    request,
    ordered.map(({ node, room }) => (room ? roomText(room) : `${node} is not a node of this cluster`)),
  )
}

function isSuitable({ isStorage, isOnline, isEnough }: Room): boolean {
  return isStorage && isOnline && isEnough
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
function sharesOf(candidates: readonly Room[]): (node: Room) => number {
  const free = candidates.flatMap(({ freeBytes }) => freeBytes ?? [])
  const mean = free.reduce((sum, bytes) => sum + bytes, 0) / free.length
  return ({ freeBytes = mean }) => (free.length === candidates.length && mean > 0 ? freeBytes / mean : 1)
}

/** The vhost that mounts the cloud, and the one that takes over from it: of the suitable ones the two with the least load. */
function bestVhosts(
  nodes: readonly Candidate[],
  storageNodes: readonly [string, string],
  load: NodeLoad,
): readonly string[] {
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

/** The vhosts without the cloud's data; if there are none, the one that does not export it; else the exporter. */
function mostSuitable(vhosts: readonly string[], [exporter, other]: readonly [string, string]): readonly string[] {
  const elsewhere = without(without(vhosts, exporter), other)
  if (elsewhere.length > 0) return elsewhere
  return vhosts.includes(other) ? [other] : vhosts
}

function without(names: readonly string[], name: string): readonly string[] {
  return names.filter(other => other !== name)
}

function requireRoom(storageNodes: readonly [string, string], rooms: readonly Room[], request: PlacementRequest): void {
  const chosen = storageNodes.map(node => ({ node, room: rooms.find(({ name }) => name === node) }))
  const unknown = chosen.find(({ room }) => room === undefined)
  if (unknown) throw new RangeError(`${request.name}: ${unknown.node} is not a node of this cluster`)
  if (storageNodes[0] === storageNodes[1])
    throw new RangeError(`${request.name}: two storage nodes are needed, not ${storageNodes[0]} twice`)
  if (chosen.some(({ room }) => !room?.isEnough))
    throw noRoom(
      request,
      chosen.flatMap(({ room }) => (room ? [roomText(room)] : [])),
    )
}

function roomText({ name, isStorage, isOnline, isEnough, freeBytes = 0 }: Room): string {
  if (!isOnline) return `${name} is offline or unreachable`
  if (!isEnough) return `${name} has ${mebibytes(freeBytes)} free`
  return `${name} ${isStorage ? 'has room' : 'does not have the storage role'}`
}

function noRoom({ name, sizeBytes, volumeGroup }: PlacementRequest, reasons: readonly string[]): RangeError {
  const need = `two storage nodes with ${Math.ceil(sizeBytes / 2 ** 20)} MiB free in volume group ${volumeGroup}`
  return new RangeError(`${name}: ${need} are needed: ${reasons.join(', ') || 'there are no nodes'}`)
}

const mebibytes = (bytes: number) => `${Math.floor(Math.max(bytes, 0) / 2 ** 20)} MiB`
