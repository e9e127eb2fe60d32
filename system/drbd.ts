import { ifPresent, type System, type Tool } from './system.ts'

export const drbdadm: Tool = { name: 'drbdadm', package: 'drbd-utils' }

/** One configured minor as DRBD 8.4 shows it. */
export interface DrbdStatus {
  readonly connection: string
  readonly role: string
  readonly peerRole: string
  readonly disk: string
  readonly peerDisk: string
}

/** What /proc/drbd says: the module's version and the configured minors. */
export interface ProcDrbd {
  readonly version: string
  readonly minors: ReadonlyMap<number, DrbdStatus>
}

/**
 * State of DRBD 8.4 on this node; undefined when the module is not loaded.
 * Reads /proc/drbd.
 * @see https://linbit.com/drbd-user-guide/users-guide-drbd-8-4/#s-proc-drbd
 */
export function procDrbd(system: System): ProcDrbd | undefined {
  const text = ifPresent(() => system.read('/proc/drbd'))
  return text === undefined ? undefined : parseProcDrbd(text)
}

/** @throws Error when there is no version in it. */
export function parseProcDrbd(text: string): ProcDrbd {
  const version = /^version: (\d+\.\d+\.\d+)/m.exec(text)?.[1]
  if (version === undefined) throw new Error('/proc/drbd: no version in it')
  const lines = text.matchAll(/^ *(\d+): cs:(\S+) ro:([^/\s]+)\/(\S+) ds:([^/\s]+)\/(\S+)/gm)
  const minors = [...lines].map(([, minor, connection, role, peerRole, disk, peerDisk]): [number, DrbdStatus] => [
    Number(minor),
    {
      connection: connection ?? '',
      role: role ?? '',
      peerRole: peerRole ?? '',
      disk: disk ?? '',
      peerDisk: peerDisk ?? '',
    },
  ])
  return { version, minors: new Map(minors) }
}

/** Whether the two sides talk to each other, be it to resync. */
export function isConnected({ connection }: DrbdStatus): boolean {
  return !NOT_CONNECTED.has(connection)
}

const NOT_CONNECTED = new Set([
  'StandAlone',
  'Disconnecting',
  'Unconnected',
  'Timeout',
  'BrokenPipe',
  'NetworkFailure',
  'ProtocolError',
  'TearDown',
  'WFConnection',
  'WFReportParams',
])

/** Whether the local disk is between two states and will leave this one by itself. */
export function isSettling({ disk, connection }: DrbdStatus): boolean {
  return ['Attaching', 'Detaching', 'Negotiating'].includes(disk) || ['WFReportParams', 'TearDown'].includes(connection)
}
