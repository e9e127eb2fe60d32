import { type DrbdStatus, hasUpToDatePeer, isConnected } from '../../system/drbd/status.ts'

/** Why I/O is suspended or fails, and how to end that; empty otherwise. */
export function suspensionOf(resource: string, status: DrbdStatus): string[] {
  const { suspended, disk, peers, failsIo } = status
  if (failsIo)
    return [
      `all I/O on ${resource} fails, and it cannot be promoted: it was made secondary by force while it was open; close what has it open`,
    ]
  if (suspended === undefined) return []
  const reasons: Readonly<Record<typeof suspended, string>> = {
    user: ` by an operator: run "drbdadm resume-io ${resource}"`,
    'no-data': ': no up-to-date data is reachable',
    fencing: ': the peer is unreachable and not known to be fenced yet',
    quorum: ': this side has no quorum',
    unknown: '',
  }
  // DRBD 8.4 does not report the reason, and resume-io would fail I/O that waits for data
  const hasData = disk === 'UpToDate' || hasUpToDatePeer(status)
  const likely = !hasData ? 'no-data' : peers.some(isConnected) ? 'user' : 'fencing'
  return [`I/O is suspended${reasons[suspended === 'unknown' ? likely : suspended]}`]
}
