import { type DrbdStatus, type Suspension, suspensionOf } from '../../system/drbd/status.ts'

/** Why I/O is suspended or fails, and how to end that; empty otherwise. */
export function suspensionText(resource: string, status: DrbdStatus): string[] {
  if (status.failsIo)
    return [
      `all I/O on ${resource} fails, and it cannot be promoted: it was made secondary by force while it was open; close what has it open`,
    ]
  const why = suspensionOf(status)
  if (why === undefined) return []
  const reasons: Readonly<Record<Suspension, string>> = {
    // resume-io would fail I/O that waits for data
    user: ` by an operator: run "drbdadm resume-io ${resource}"`,
    'no-data': ': no up-to-date data is reachable',
    fencing: ': the peer is unreachable and not known to be fenced yet',
    quorum: ': this side has no quorum',
  }
  return [`I/O is suspended${reasons[why]}`]
}
