import type { StorageNodes } from '../cloud.ts'
import type { NodeRole } from '../configuration.ts'
import { valueAt } from '../value-at.ts'

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
  readonly storageNodes: StorageNodes | undefined
  /** If they are chosen: the first suitable nodes of this list, instead of the best of all. */
  readonly storageOrder?: readonly string[] | undefined
  /** If they are chosen: how many; otherwise two. */
  readonly copies?: number | undefined
  readonly preferredVhosts: readonly string[] | undefined
}

/** A node, and whether a cloud fits on it. */
export interface Room {
  readonly name: string
  readonly isStorage: boolean
  readonly isOnline: boolean
  /** Undefined when unknown. */
  readonly freeBytes: number | undefined
  /** The space that the cloud's volume would take there. */
  readonly volumeBytes: number
  readonly isEnough: boolean
}

export function roomOn(
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

/** Whether the cloud could be placed there. */
export function isSuitable({ isStorage, isOnline, isEnough }: Room): boolean {
  return isStorage && isOnline && isEnough
}

export function roomText({ name, isStorage, isOnline, isEnough, freeBytes = 0 }: Room): string {
  if (!isOnline) return `${name} is offline or unreachable`
  if (!isEnough) return `${name} has ${mebibytes(freeBytes)} free`
  return `${name} ${isStorage ? 'has room' : 'does not have the storage role'}`
}

const mebibytes = (bytes: number) => `${Math.floor(Math.max(bytes, 0) / 2 ** 20)} MiB`
