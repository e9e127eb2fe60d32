import { ifPresent, type System } from '../system.ts'
import type { DrbdLeftover, DrbdPeer, DrbdStatus, DrbdUnreadable } from './status.ts'
import { mergeVolumes } from './volumes.ts'

/** The content of /proc/drbd: the module's version and, up to DRBD 8.4, the minors. */
export interface ProcDrbd {
  readonly version: DrbdVersion
  readonly minors: ReadonlyMap<number, ProcMinor>
}

/** The version of a module. */
export interface DrbdVersion {
  readonly text: string
  readonly major: number
  readonly minor: number
}

/** A minor that exists without a disk and a connection is `unconfigured`; the line of an unreadable one has an unknown form. */
export type ProcMinor = Omit<DrbdStatus, 'minor'> | 'unconfigured' | DrbdUnreadable

/**
 * The state of the module drbd; undefined when it is not loaded.
 * Reads /proc/drbd.
 * @see https://linbit.com/drbd-user-guide/users-guide-drbd-8-4/#s-proc-drbd
 */
export function procDrbd(system: System): ProcDrbd | undefined {
  const text = ifPresent(() => system.read('/proc/drbd'))
  return text === undefined ? undefined : parseProcDrbd(text)
}

/** @throws Error when the text does not contain a version, or a state without its minor. */
export function parseProcDrbd(text: string): ProcDrbd {
  const version = parseDrbdVersion(/^version: (\S+)/m.exec(text)?.[1] ?? '')
  if (version === undefined) throw new Error('/proc/drbd: it does not contain a version')
  return {
    version,
    minors: new Map(blocksIn(text).map(block => [Number.parseInt(block[0], 10), parseMinor(block)])),
  }
}

/** A version as the module states it, like `8.4.11`; undefined for text of another form. */
export function parseDrbdVersion(text: string): DrbdVersion | undefined {
  const [, major, minor] = /^(\d{1,9})\.(\d{1,9})\.\S/.exec(text) ?? []
  return major === undefined ? undefined : { text, major: Number(major), minor: Number(minor) }
}

/** The major version of a module that VHACS supports: 8.4 or 9; undefined for the others. */
export function supportedMajor({ major, minor }: DrbdVersion): 8 | 9 | undefined {
  if (major === 9) return 9
  return major === 8 && minor >= 4 ? 8 : undefined
}

/** Whether /proc/drbd shows the state of the resources; otherwise only `drbdsetup status` does. */
export function showsState({ version }: Pick<ProcDrbd, 'version'>): boolean {
  return version.major < 9
}

/**
 * How many requests of a minor are under way in DRBD 8.4: on the local disk, sent to the peer, received from it and not yet answered, and
 * those of its users. Undefined where the text does not contain them.
 */
export function inFlightIn(text: string, minor: number): number | undefined {
  const block = blocksIn(text).find(([line]) => Number.parseInt(line, 10) === minor)
  const [, ...counts] = / lo:(\d+) pe:(\d+) ua:(\d+) ap:(\d+) /.exec(block?.join('\n') ?? '') ?? []
  return counts.length === 0 ? undefined : counts.reduce((sum, count) => sum + Number(count), 0)
}

export function isUnreadable(minor: ProcMinor | undefined): minor is DrbdUnreadable {
  return typeof minor === 'object' && 'unreadable' in minor
}

/** The status of a resource with these minors. */
export function statusOfMinors(proc: ProcDrbd, minors: readonly number[]): DrbdStatus | DrbdLeftover | DrbdUnreadable {
  const volumes: DrbdStatus[] = []
  const bare: number[] = []
  for (const minor of minors) {
    const found = proc.minors.get(minor)
    if (isUnreadable(found)) return found
    if (found === undefined || found === 'unconfigured') bare.push(minor)
    else volumes.push({ minor, ...found })
  }
  const [first, ...others] = volumes
  if (first === undefined) return { leftover: `minor ${bare.join(', ')} has neither a disk nor a connection` }
  const lacking = bare.map((minor): DrbdStatus => ({ ...first, minor, disk: 'Diskless' }))
  return mergeVolumes(first, [...others, ...lacking])
}

/** The line of a minor and its continuation lines. */
type Block = [line: string, ...continued: string[]]

function blocksIn(text: string): Block[] {
  const blocks: Block[] = []
  for (const line of text.split('\n')) {
    if (/^ *\d+:/.test(line)) blocks.push([line])
    else if (/\bcs:/.test(line)) throw new Error(`/proc/drbd: unexpected line ${shown(line)}`)
    // the lines before the first minor describe the module
    else blocks.at(-1)?.push(line)
  }
  return blocks
}

const shown = (line: string) => JSON.stringify(line.trim().slice(0, 60))

const UNCONFIGURED = /^ *\d+: cs:Unconfigured$/

/** ` 0: cs:SyncTarget ro:Secondary/Primary ds:Inconsistent/UpToDate C r-----`; without a connection, no protocol. */
const MINOR =
  /^ *\d+: cs:([A-Za-z]+) ro:(Primary|Secondary)\/(Primary|Secondary|Unknown) ds:([A-Za-z]+)\/([A-Za-z]+)(?: +[ABC])? +([rs][A-Za-z-]+)$/

function parseMinor([line, ...continued]: Block): ProcMinor {
  if (UNCONFIGURED.test(line.trimEnd())) return 'unconfigured'
  const [, connection, role, peerRole, disk, peerDisk, flags] = MINOR.exec(line.trimEnd()) ?? []
  if (connection === undefined) return { unreadable: `/proc/drbd: unexpected line ${shown(line)}` }
  const peer = { name: undefined, connection, role: peerRole ?? '', disk: peerDisk ?? '', isClient: false }
  return {
    role: role ?? '',
    disk: disk ?? '',
    isClient: false,
    hasQuorum: true,
    // the first flag: r for running, s for suspended
    suspended: flags?.startsWith('s') ? 'unknown' : undefined,
    peers: [{ ...peer, ...progressIn(continued.join('\n')) }],
  }
}

function progressIn(text: string): Pick<DrbdPeer, 'outOfSyncBytes' | 'percentDone'> {
  const outOfSyncKib = /\boos:(\d+)/.exec(text)?.[1]
  const percent = /(?:sync'ed|verified): *([\d.]+)%/.exec(text)?.[1]
  return {
    percentDone: percent === undefined ? undefined : Number(percent),
    outOfSyncBytes: outOfSyncKib === undefined ? undefined : Number(outOfSyncKib) * 1024,
  }
}
