import { lineIn, namesIn } from './files.ts'
import type { System, Tool } from './system.ts'

export const iscsiadm: Tool = { name: 'iscsiadm', package: 'open-iscsi' }

/** Exit statuses of iscsiadm (open-iscsi, include/iscsi_err.h). */
export const ISCSI_ERR_SESS_EXISTS = 15
export const ISCSI_ERR_NO_OBJS_FOUND = 21
/** The session went away while iscsiadm looked at it. */
export const ISCSI_ERR_SYSFS_LOOKUP = 22
export const ISCSI_ERR_LOGIN_AUTH_FAILED = 24

/** A session of this node's initiator. */
export interface Session {
  readonly name: string
  readonly target: string
  /** `address:port` that the record named, an IPv6 address in brackets. */
  readonly portal: string
  readonly state: 'LOGGED_IN' | 'FAILED' | 'FREE'
}

/**
 * The sessions logged in to, or being recovered; empty when there are none or no module is loaded.
 * Reads /sys/class/iscsi_session and /sys/class/iscsi_connection.
 */
export function sessions(system: System): Session[] {
  return namesIn(system, '/sys/class/iscsi_session').flatMap(name => {
    const directory = `/sys/class/iscsi_session/${name}`
    const connection = `/sys/class/iscsi_connection/${name.replace('session', 'connection')}:0`
    const target = lineIn(system, `${directory}/targetname`)
    const state = lineIn(system, `${directory}/state`)
    const address = lineIn(system, `${connection}/persistent_address`)
    const port = lineIn(system, `${connection}/persistent_port`)
    // a session that is just being made or torn down has no target name or connection yet or any more
    if (target === undefined || address === undefined || port === undefined) return []
    if (state !== 'LOGGED_IN' && state !== 'FAILED' && state !== 'FREE') return []
    return [{ name, target, state, portal: `${address.includes(':') ? `[${address}]` : address}:${port}` }]
  })
}

/** A disk that a session brought. */
export interface Disk {
  /** Kernel name, such as `sda`. */
  readonly name: string
  /** `running`, `blocked` while the session is being recovered, `transport-offline` after that was given up. */
  readonly state: string
}

/** The disk of a session's LUN; undefined when the target does not offer it (yet). */
export function diskOf(system: System, session: string, lun: number): Disk | undefined {
  const base = `/sys/class/iscsi_session/${session}/device`
  const units = namesIn(system, base)
    .filter(name => name.startsWith('target'))
    .flatMap(target => namesIn(system, `${base}/${target}`).map(unit => ({ unit, path: `${base}/${target}/${unit}` })))
  const found = units.find(({ unit }) => new RegExp(`^\\d+:\\d+:\\d+:${lun}$`).test(unit))
  if (found === undefined) return undefined
  const name = namesIn(system, `${found.path}/block`)[0]
  return name === undefined ? undefined : { name, state: lineIn(system, `${found.path}/state`) ?? 'unknown' }
}

/** The link that udev makes for a LUN, whatever the kernel called the disk; an IPv6 address is without brackets in it. */
export function diskLink(iqn: string, portal: string, lun: number): string {
  return `/dev/disk/by-path/ip-${portal.replace(/[[\]]/g, '')}-iscsi-${iqn}-lun-${lun}`
}

/** Whether open-iscsi has a record of this target at this portal, which would let others log in to it. */
export function hasRecord(system: System, iqn: string, portal: string): boolean {
  const separator = portal.lastIndexOf(':')
  const address = portal.slice(0, separator).replace(/^\[|\]$/g, '')
  const prefix = `${address},${portal.slice(separator + 1)}`
  // Debian 12 keeps records in /etc, later releases in /var/lib
  return ['/etc/iscsi/nodes', '/var/lib/iscsi/nodes'].some(directory =>
    namesIn(system, `${directory}/${iqn}`).some(name => name === prefix || name.startsWith(`${prefix},`)),
  )
}
