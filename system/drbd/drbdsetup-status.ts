import { errorText } from '../error-text.ts'
import { isObject, type Json } from '../json.ts'
import { type Finished, lastOutput, Missing, type RunOptions, type System, ToolFailed } from '../system.ts'
import { type Bound, drbdExit, drbdsetup } from './drbdadm.ts'
import type { DrbdLeftover, DrbdPeer, DrbdStatus, FoundDrbd } from './status.ts'
import { mergeVolumes } from './volumes.ts'

/** The installed drbd-utils do not support the loaded module. */
export class DrbdUtilsMismatch extends Missing {
  constructor(words: string) {
    super(`drbd-utils on this node do not match the kernel module drbd, install those for its version: ${words}`)
    this.name = 'DrbdUtilsMismatch'
  }
}

/**
 * The status of a resource in DRBD 9; undefined when the resource is not up.
 * Runs `drbdsetup status --json`, the documented interface: debugfs shows more, but its format is not stable.
 */
export async function statusByDrbdsetup(
  system: System,
  resource: string,
  { signal }: Bound,
): Promise<DrbdStatus | DrbdLeftover | undefined> {
  const finished = await system.run(drbdsetup, ['status', resource, '--json'], { signal, looks: true })
  if (finished.status === 0) return parseDrbdStatus(finished.stdout, resource)
  if (finished.status === drbdExit.refused && /no such resource/i.test(finished.stderr)) return undefined
  throw failureOf(finished)
}

/** The same of all resources, by their names: one process for all of them. */
export async function statusesByDrbdsetup(
  system: System,
  options: Pick<RunOptions, 'timeoutSeconds'>,
): Promise<ReadonlyMap<string, NonNullable<FoundDrbd>>> {
  const finished = await system.run(drbdsetup, ['status', '--json'], { ...options, looks: true })
  if (finished.status === 0) return parseDrbdStatuses(finished.stdout)
  throw failureOf(finished)
}

function failureOf(finished: Finished): Error {
  const isMismatch = /unrecognized option|execvp\(\) failed|without support/.test(finished.stderr)
  return isMismatch ? new DrbdUtilsMismatch(lastOutput(finished)) : new ToolFailed(finished)
}

/** @throws Error for a text that is not in drbdsetup's format. */
export function parseDrbdStatus(text: string, resource: string): DrbdStatus | DrbdLeftover | undefined {
  const found = parsed(text).find(({ name }) => name === resource)
  return found && statusIn(found)
}

/**
 * The status of each resource, by its name; one of unknown form is unreadable, and leaves the others as they are.
 * @throws Error for a text that is not in drbdsetup's format.
 */
function parseDrbdStatuses(text: string): ReadonlyMap<string, NonNullable<FoundDrbd>> {
  return new Map(parsed(text).map(found => [textIn(found, 'name'), readableStatusIn(found)]))
}

function readableStatusIn(found: Json): NonNullable<FoundDrbd> {
  try {
    return statusIn(found)
  } catch (error) {
    return { unreadable: errorText(error) }
  }
}

function statusIn(found: Json): DrbdStatus | DrbdLeftover {
  const [first, ...others] = listIn(found, 'devices').map(device => volumeOf(found, device))
  return first === undefined ? { leftover: `resource ${found.name} has no volume` } : mergeVolumes(first, others)
}

/**
 * How many requests of a resource are under way in DRBD 9: those of its users, those on the local disk, those sent to peers, and those
 * received from them and not yet answered. Undefined where the text does not contain them.
 * @throws Error for a text that is not in drbdsetup's format.
 */
export function requestsInFlight(text: string, resource: string): number | undefined {
  const found = parsed(text).find(({ name }) => name === resource)
  if (found === undefined) return undefined
  const devices = listIn(found, 'devices')
  const peers = listIn(found, 'connections').flatMap(connection => listIn(connection, 'peer_devices'))
  const counts = [
    ...devices.flatMap(device => [device['upper-pending'], device['lower-pending']]),
    ...peers.flatMap(peer => [peer.pending, peer.unacked]),
  ]
  const numbers = counts.filter(count => typeof count === 'number')
  return numbers.length === 0 || numbers.length < counts.length
    ? undefined
    : numbers.reduce((sum, count) => sum + count, 0)
}

function parsed(text: string): readonly Json[] {
  let value: unknown
  try {
    value = JSON.parse(withoutNan(text))
  } catch (cause) {
    throw unexpected(text, cause)
  }
  if (!Array.isArray(value) || !value.every(isObject)) throw unexpected(text)
  return value
}

/** A value that older drbd-utils print after a division by zero, in the form of C's printf. */
const NO_NUMBER = /("[\w ./[\]-]{1,60}": ?)[+-]?(?:nan|inf)\b/g

/** The text with null in place of values that are not numbers in JSON: a bad estimate must not hide the whole status. */
function withoutNan(text: string): string {
  return text.replace(NO_NUMBER, '$1null')
}

function unexpected(text: string, cause?: unknown): Error {
  return new Error(`drbdsetup status --json: unexpected output ${JSON.stringify(text.trim().slice(0, 60))}`, { cause })
}

function listIn(object: Json, key: string): readonly Json[] {
  const value = object[key]
  return Array.isArray(value) ? value.filter(isObject) : []
}

function textIn(object: Json, key: string): string {
  const value = object[key]
  if (typeof value !== 'string') throw new Error(`drbdsetup status --json: it does not contain "${key}"`)
  return value
}

function volumeOf(found: Json, device: Json): DrbdStatus {
  return {
    minor: minorIn(device),
    role: roleIn(found),
    disk: textIn(device, 'disk-state'),
    isClient: device.client === true,
    hasQuorum: device.quorum !== false,
    ...(found['force-io-failures'] === true && { failsIo: true }),
    suspended: suspensionIn(found),
    isChangedByName: true,
    peers: listIn(found, 'connections').map(connection => peerOf(connection, device.volume)),
  }
}

function minorIn({ minor }: Json): number {
  if (typeof minor !== 'number' || !Number.isInteger(minor))
    throw new Error(`drbdsetup status --json: unexpected minor ${JSON.stringify(minor)}`)
  return minor
}

/** Anything but these two must not count as "not primary". */
function roleIn(found: Json): string {
  const role = textIn(found, 'role')
  if (role !== 'Primary' && role !== 'Secondary')
    throw new Error(`drbdsetup status --json: unexpected role ${JSON.stringify(role)}`)
  return role
}

function suspensionIn(found: Json): DrbdStatus['suspended'] {
  const why = (['quorum', 'fencing', 'no-data', 'user'] as const).find(key => found[`suspended-${key}`] === true)
  // older drbd-utils do not report the reason
  return why ?? (found.suspended === true ? 'unknown' : undefined)
}

function peerOf(connection: Json, volume: unknown): DrbdPeer {
  const device = listIn(connection, 'peer_devices').find(candidate => candidate.volume === volume)
  const state = textIn(connection, 'connection-state')
  const replication = device?.['replication-state']
  const isBusy =
    state === 'Connected' && typeof replication === 'string' && !['Off', 'Established'].includes(replication)
  const outOfSyncKib = device?.['out-of-sync']
  const percent = device?.['percent-resync-done'] ?? device?.['percent-in-sync']
  return {
    name: textIn(connection, 'name'),
    connection: isBusy ? replication : state,
    role: textIn(connection, 'peer-role'),
    disk: device === undefined ? 'DUnknown' : textIn(device, 'peer-disk-state'),
    isClient: device?.['peer-client'] === true,
    percentDone: isBusy && typeof percent === 'number' ? percent : undefined,
    outOfSyncBytes: typeof outOfSyncKib === 'number' ? outOfSyncKib * 1024 : undefined,
  }
}
