import { ignoreMissing, listNames, readLine } from '../files.ts'
import { ifPresent, type System } from '../system.ts'

/*
 * The sessions of this node's initiator and their disks, as sysfs shows them.
 */

/** A session of this node's initiator. */
export interface Session {
  readonly name: string
  readonly target: string
  /** `address:port` from the record, an IPv6 address in brackets. */
  readonly portal: string
  /** Open-iscsi's interface; `default` is any. Target, portal and interface identify a session. */
  readonly interfaceName: string
  /** FREE: the first login is in progress, or the session has failed for good. */
  readonly state: 'LOGGED_IN' | 'FAILED' | 'FREE'
  /** Seconds that an outage may last before I/O fails; undefined when it never fails. */
  readonly recoverySeconds: number | undefined
}

/**
 * The sessions that are logged in or recovering; empty when there are none or the modules are not loaded.
 * Reads /sys/class/iscsi_session and /sys/class/iscsi_connection.
 */
export function sessions(system: System): Session[] {
  return listNames(system, '/sys/class/iscsi_session').flatMap(name => {
    const directory = `/sys/class/iscsi_session/${name}`
    const connection = `/sys/class/iscsi_connection/${name.replace('session', 'connection')}:0`
    const target = readLine(system, `${directory}/targetname`)
    const state = readLine(system, `${directory}/state`)
    const address = readLine(system, `${connection}/persistent_address`)
    const port = readLine(system, `${connection}/persistent_port`)
    // a session that is being created or removed has no target name or connection
    if (target === undefined || address === undefined || port === undefined) return []
    if (state !== 'LOGGED_IN' && state !== 'FAILED' && state !== 'FREE') return []
    const portal = `${address.includes(':') ? `[${address}]` : address}:${port}`
    const interfaceName = readLine(system, `${directory}/ifacename`) ?? 'default'
    // "off" means never
    const recovery = Number(readLine(system, `${directory}/recovery_tmo`))
    return [{ name, target, portal, interfaceName, state, recoverySeconds: recovery >= 0 ? recovery : undefined }]
  })
}

/** A disk of a session. */
export interface Disk {
  /** Kernel name, such as `sda`. */
  readonly name: string
  /** `running`, `blocked` while the session is being recovered, `transport-offline` after the recovery timed out. */
  readonly state: string
  /** Its SCSI device in sysfs. */
  readonly path: string
}

/** The disk of a session's LUN; undefined when the target does not present it (yet). */
export function diskOf(system: System, session: string, lun: number): Disk | undefined {
  return disksOf(system, session).find(({ path }) => path.endsWith(`:${lun}`))
}

/** The disks of all of a session's LUNs. */
export function disksOf(system: System, session: string): Disk[] {
  const base = `/sys/class/iscsi_session/${session}/device`
  const units = listNames(system, base)
    .filter(name => name.startsWith('target'))
    .flatMap(target =>
      listNames(system, `${base}/${target}`).map(unit => ({ unit, path: `${base}/${target}/${unit}` })),
    )
  return units
    .filter(({ unit }) => /^\d+:\d+:\d+:\d+$/.test(unit))
    .flatMap(({ path }) => {
      const name = listNames(system, `${path}/block`)[0]
      return name === undefined ? [] : [{ name, path, state: readLine(system, `${path}/state`) ?? 'unknown' }]
    })
}

/** The session of a disk, such as `session3`, if it is being recovered or has failed; undefined for any other disk. */
export function lostSessionOf(system: System, disk: string): string | undefined {
  const unit = ifPresent(() => system.realPath(`/sys/class/block/${disk}/device`))
  const session = unit?.split('/').find(part => /^session\d+$/.test(part))
  const state = session && readLine(system, `/sys/class/iscsi_session/${session}/state`)
  return state === undefined || state === 'LOGGED_IN' ? undefined : session
}

/** The link that udev creates for a LUN, independent of the disk's kernel name; an IPv6 address has no brackets in it. */
export function diskLink(iqn: string, portal: string, lun: number): string {
  return `/dev/disk/by-path/ip-${portal.replace(/[[\]]/g, '')}-iscsi-${iqn}-lun-${lun}`
}

/** Scans for a LUN that was missing at the login: open-iscsi scans only then. */
export async function scanForLun(system: System, session: string, lun: number): Promise<void> {
  const device = ifPresent(() => system.realPath(`/sys/class/iscsi_session/${session}/device`))
  const host = device?.split('/').find(part => /^host\d+$/.test(part))
  if (host !== undefined) await ignoreMissing(() => system.write(`/sys/class/scsi_host/${host}/scan`, `- - ${lun}`))
}

/** Removes a disk from this node: programs that have it open get errors, and nothing more is written through it. */
export async function removeDisk(system: System, disk: Disk): Promise<void> {
  await ignoreMissing(() => system.write(`${disk.path}/delete`, '1'))
}
