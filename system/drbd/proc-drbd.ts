import { ifPresent, type System } from '../system.ts'
import type { DrbdStatus } from './status.ts'

/** The content of /proc/drbd: the module's version and, up to DRBD 8.4, the minors. */
export interface ProcDrbd {
  readonly version: DrbdVersion
  readonly minors: ReadonlyMap<number, ProcMinor>
}

export interface DrbdVersion {
  readonly text: string
  readonly major: number
  readonly minor: number
}

/** A minor that exists without a disk and a connection is `unconfigured`. */
export type ProcMinor = Omit<DrbdStatus, 'minor'> | 'unconfigured'

/**
 * The state of the module drbd; undefined when it is not loaded.
 * Reads /proc/drbd.
 * @see https://linbit.com/drbd-user-guide/users-guide-drbd-8-4/#s-proc-drbd
 */
export function procDrbd(system: System): ProcDrbd | undefined {
  const text = ifPresent(() => system.read('/proc/drbd'))
  return text === undefined ? undefined : parseProcDrbd(text)
}

/** @throws Error when the text does not contain a version. */
export function parseProcDrbd(text: string): ProcDrbd {
  const [, version, major, minor] = /^version: ((\d+)\.(\d+)\.\S+)/m.exec(text) ?? []
  if (version === undefined) throw new Error('/proc/drbd: it does not contain a version')
  const blocks = text.split(/^(?= *\d+: cs:)/m).slice(1)
  return {
    version: { text: version, major: Number(major), minor: Number(minor) },
    minors: new Map(blocks.map(block => [Number.parseInt(block, 10), parseMinor(block)])),
  }
}

/** ` 0: cs:SyncTarget ro:Secondary/Primary ds:Inconsistent/UpToDate C r-----`; without a connection, no protocol. */
const MINOR = /^ *\d+: cs:(\S+) ro:([^/\s]+)\/(\S+) ds:([^/\s]+)\/(\S+)(?: +[ABC])?(?: +(\S+))?/

function parseMinor(block: string): ProcMinor {
  const [, connection, role, peerRole, disk, peerDisk, flags = ''] = MINOR.exec(block) ?? []
  if (connection === undefined) return 'unconfigured'
  const outOfSyncKib = /\boos:(\d+)/.exec(block)?.[1]
  const percent = /(?:sync'ed|verified): *([\d.]+)%/.exec(block)?.[1]
  return {
    role: role ?? '',
    disk: disk ?? '',
    isClient: false,
    hasQuorum: true,
    // the first flag: r for running, s for suspended
    suspended: flags.startsWith('s') ? 'unknown' : undefined,
    peers: [
      {
        name: undefined,
        connection,
        role: peerRole ?? '',
        disk: peerDisk ?? '',
        isClient: false,
        percentDone: percent === undefined ? undefined : Number(percent),
        outOfSyncBytes: outOfSyncKib === undefined ? undefined : Number(outOfSyncKib) * 1024,
      },
    ],
  }
}
