import { deviceAt } from '../../system/block/block-devices.ts'
import { readLine } from '../../system/files.ts'
import { diskLink, diskOf, type Session, scanForLun } from '../../system/iscsi/sessions.ts'
import type { IscsiContext } from './parameters.ts'
import { sessionsOf } from './sessions.ts'

const SCAN_EVERY_MILLISECONDS = 5000

/** Waits for the disk of each session, and for udev's link to it, by which it is mounted. */
export async function waitForDisks(context: IscsiContext): Promise<void> {
  const { parameters, system, deadline, step } = context
  let scanned = system.now()
  let reported = ''
  for (;;) {
    const missing = sessionsOf(context).filter(({ name }) => diskOf(system, name, parameters.lun) === undefined)
    const reason = sessionsOf(context).flatMap(session => waitReason(context, session) ?? [])[0]
    if (reason === undefined) return
    if (reason !== reported) step(reason)
    reported = reason
    if (system.now() - scanned >= SCAN_EVERY_MILLISECONDS) {
      for (const { name } of missing) await scanForLun(system, name, parameters.lun)
      scanned = system.now()
    }
    await system.sleep(200, deadline.signal)
  }
}

/** What must happen before the disk of a session can be used, as a step to report; undefined when it is ready. */
function waitReason({ parameters, system }: IscsiContext, { name, portal }: Session): string | undefined {
  const { iqn, lun } = parameters
  const disk = diskOf(system, name, lun)
  if (disk === undefined)
    return `waiting for the disk of LUN ${lun}, which ${iqn} at ${portal} does not offer to this node`
  if (disk.state !== 'running') return `waiting for the disk ${disk.name}, which is ${disk.state}`
  const link = diskLink(iqn, portal, lun)
  const device = deviceAt(system, link)
  if (device === undefined)
    return `waiting for udev to link ${link} to ${disk.name}: check systemctl status systemd-udevd, then run udevadm trigger`
  if (device === readLine(system, `/sys/block/${disk.name}/dev`)) return undefined
  return `waiting for ${link} to point to ${disk.name}: it points to ${device}, the disk of another session through this portal`
}
