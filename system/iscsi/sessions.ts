import { ignoreMissing, listNames, readLine } from '../files.ts'
import { ifPresent, type System } from '../system.ts'

/*
 * Sessions of this node's initiator and their disks, as the kernel shows them.
 */

/** A session of this node's initiator. */
export interface Session {
  readonly name: string
  readonly target: string
  /** `address:port` that the record named, an IPv6 address in brackets. */
  readonly portal: string
  /** Open-iscsi's interface; `default` is any. Target, portal and interface are what it knows a session by. */
  readonly interfaceName: string
  /** FREE: being logged in to for the first time, or given up. */
  readonly state: 'LOGGED_IN' | 'FAILED' | 'FREE'
  /** Seconds that an outage may last until I/O fails; undefined when it never does. */
  readonly recoverySeconds: number | undefined
}

/**
 * The sessions logged in to, or being recovered; empty when there are none or no module is loaded.
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
    // a session that is just being made or torn down has no target name or connection yet or any more
    if (target === undefined || address === undefined || port === undefined) return []
    if (state !== 'LOGGED_IN' && state !== 'FAILED' && state !== 'FREE') return []
    const portal = `${address.includes(':') ? `[${address}]` : address}:${port}`
    const interfaceName = readLine(system, `${directory}/ifacename`) ?? 'default'
    // "off" for never
    const recovery = Number(readLine(system, `${directory}/recovery_tmo`))
    return [{ name, target, portal, interfaceName, state, recoverySeconds: recovery >= 0 ? recovery : undefined }]
  })
}

/** A disk that a session brought. */
export interface Disk {
  /** Kernel name, such as `sda`. */
  readonly name: string
  /** `running`, `blocked` while the session is being recovered, `transport-offline` after that was given up. */
  readonly state: string
  /** Its SCSI device in sysfs. */
  readonly path: string
}

/** The disk of a session's LUN; undefined when the target does not offer it (yet). */
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

/** The link that udev makes for a LUN, whatever the kernel called the disk; an IPv6 address is without brackets in it. */
export function diskLink(iqn: string, portal: string, lun: number): string {
  return `/dev/disk/by-path/ip-${portal.replace(/[[\]]/g, '')}-iscsi-${iqn}-lun-${lun}`
}

/** Looks for a LUN that was not there at the login: open-iscsi looks once. */
export async function scanForLun(system: System, session: string, lun: number): Promise<void> {
  const device = ifPresent(() => system.realPath(`/sys/class/iscsi_session/${session}/device`))
  const host = device?.split('/').find(part => /^host\d+$/.test(part))
  if (host !== undefined) await ignoreMissing(() => system.write(`/sys/class/scsi_host/${host}/scan`, `- - ${lun}`))
}

/** Takes a disk away from this node: whatever has it open gets errors, and nothing more is written through it. */
export async function removeDisk(system: System, disk: Disk): Promise<void> {
  await ignoreMissing(() => system.write(`${disk.path}/delete`, '1'))
}
