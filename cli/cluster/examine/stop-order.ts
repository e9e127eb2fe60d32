import { type Sections, wordsIn } from './examination.ts'

/** A drop-in of the target that Pacemaker is ordered after; resource-agents installs that target. */
export const ORDER_FILE = '/etc/systemd/system/resource-agents-deps.target.d/vhacs.conf'

/**
 * Pacemaker, or the target that it is ordered after, must be ordered after these. The first two cut sessions when they stop.
 * blkdeactivate of the third makes multipathd fail I/O instead of queueing it. It does not touch volumes that DRBD has open, so a
 * node with only the storage role needs none of the three.
 */
const STOPPED_LATER = ['iscsid.service', 'open-iscsi.service', 'blk-availability.service']

/** Whether systemd has not read yet what is on the disk about that order, such as a drop-in that was installed since. */
export function isOrderUnread(examined: Sections): boolean {
  return wordsIn(examined, 'order').includes('NeedDaemonReload=yes')
}

/** Units that may stop before Pacemaker at shutdown, but must stop after it on a vhost; empty if the order is unknown. */
export function unitsStoppedEarly(examined: Sections): string[] {
  const after = wordsIn(examined, 'order').map(word => word.replace(/^After=/, ''))
  return after.length === 0 ? [] : STOPPED_LATER.filter(unit => !after.includes(unit))
}
