import { addBlockDevice, removeBlockDevice } from '../block/block.ts'
import type { FakeSystem } from '../system.ts'
import { directory, link, liveFile } from '../tree.ts'

/* Targets, and the sessions to them as the kernel and udev show them. */

/** The reaction of a target to a login of this node. */
export type Answer = 'accepts' | 'refuses' | 'is away' | 'is not made yet'

export interface FakeTarget {
  readonly iqn: string
  /** `address:port`, an IPv6 address in brackets. */
  readonly portal: string
  /** Logical units that it offers. */
  readonly luns: number[]
  answer: Answer
  /** The CHAP names and secrets that it requires and presents. */
  readonly chap?: Secrets
}

export interface FakeSession {
  readonly number: number
  readonly target: FakeTarget
  readonly interfaceName: string
}

/** Debian 12 and 13 have their records in different places, and make them differently beside those of a discovery. */
export type Release = '/etc/iscsi' | '/var/lib/iscsi'

export interface OpenIscsi {
  readonly database: Release
  readonly targets: FakeTarget[]
  readonly sessions: FakeSession[]
  /** The daemon; one that is 'dead' starts at the next request, one that 'cannot start' does not. */
  iscsid: 'runs' | 'hangs' | 'dead' | 'cannot start'
  /** Sessions that a restarted iscsid has to log in to again before it ends one, and whether their records limit the attempts. */
  readonly unsynced: Map<FakeSession, { readonly givesUp: boolean }>
  /** Whether udev links the disks. */
  udevWorks: boolean
  /** Logs in without a record, as another program may. */
  logIn(target: FakeTarget, made?: { readonly interfaceName?: string; readonly recovery?: string }): FakeSession
  /** Ends a session without iscsiadm. */
  drop(session: FakeSession): void
  /** The kernel's view of a session with a fault. */
  setState(session: FakeSession, state: 'LOGGED_IN' | 'FAILED' | 'FREE', disk: string): void
  /** The daemon ends, and a new one starts at the next request. */
  restart(): void
}

/** CHAP names and secrets. */
export interface Secrets {
  readonly user: string
  readonly secret: string
  readonly userIn?: string
  readonly secretIn?: string
}

export const sessionPath = ({ number }: FakeSession) => `/sys/class/iscsi_session/session${number}`
const devicePath = ({ number }: FakeSession) => `/sys/devices/platform/host${number}/session${number}`
export const unitPath = (session: FakeSession, lun: number) =>
  `${devicePath(session)}/target${session.number}:0:0/${session.number}:0:0:${lun}`
const linkPath = ({ iqn, portal }: FakeTarget, lun: number) =>
  `/dev/disk/by-path/ip-${splitPortal(portal).join(':')}-iscsi-${iqn}-lun-${lun}`
const minorOf = (session: FakeSession, lun: number) => 16 * (session.number * 8 + lun)
const diskName = (session: FakeSession, lun: number) => `sd${String.fromCharCode(96 + session.number)}${lun || ''}`

/** Address without brackets, and port. */
export function splitPortal(portal: string): [string, string] {
  const colon = portal.lastIndexOf(':')
  return [portal.slice(0, colon).replace(/^\[|\]$/g, ''), portal.slice(colon + 1)]
}

export function putSession(system: FakeSystem, initiator: OpenIscsi, session: FakeSession, recovery: string): void {
  const { target, number } = session
  const [address, port] = splitPortal(target.portal)
  const connection = `/sys/class/iscsi_connection/connection${number}:0`
  system.put(`${sessionPath(session)}/targetname`, `${target.iqn}\n`)
  system.put(`${sessionPath(session)}/ifacename`, `${session.interfaceName}\n`)
  system.put(`${sessionPath(session)}/recovery_tmo`, `${recovery}\n`)
  system.put(`${sessionPath(session)}/state`, 'LOGGED_IN\n')
  system.put(devicePath(session), directory())
  system.put(`${sessionPath(session)}/device`, link(devicePath(session)))
  system.put(`${connection}/persistent_address`, `${address}\n`)
  system.put(`${connection}/persistent_port`, `${port}\n`)
  const present = new Set<number>()
  const scan = () => {
    for (const lun of target.luns.filter(candidate => !present.has(candidate))) {
      present.add(lun)
      putDisk(system, initiator, session, lun)
    }
  }
  scan()
  system.put(
    `/sys/class/scsi_host/host${number}/scan`,
    liveFile(() => '', scan),
  )
}

function putDisk(system: FakeSystem, initiator: OpenIscsi, session: FakeSession, lun: number): void {
  const disk = diskName(session, lun)
  const unit = unitPath(session, lun)
  system.put(`${unit}/state`, 'running\n')
  system.put(`${unit}/block/${disk}`, directory())
  system.put(
    `${unit}/delete`,
    liveFile(
      () => '',
      () => takeDisk(system, session, lun),
    ),
  )
  addBlockDevice(system, `/dev/${disk}`, `8:${minorOf(session, lun)}`)
  if (initiator.udevWorks) system.put(linkPath(session.target, lun), link(`../../${disk}`))
}

function takeDisk(system: FakeSystem, session: FakeSession, lun: number): void {
  system.take(unitPath(session, lun))
  removeBlockDevice(system, `/dev/${diskName(session, lun)}`, `8:${minorOf(session, lun)}`)
  system.take(linkPath(session.target, lun))
}

export function takeSession(system: FakeSystem, session: FakeSession): void {
  for (const lun of session.target.luns) takeDisk(system, session, lun)
  system.take(sessionPath(session))
  system.take(devicePath(session))
  system.take(`/sys/class/iscsi_connection/connection${session.number}:0`)
}
