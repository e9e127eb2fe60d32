/*
 * The reasons for which agents report a resource as degraded, as labels. Their texts contain names and numbers, of which a label would
 * make a new time series each; so a part of each text stands for it. test/unit/cli/metrics/degraded-reasons.test.ts makes the agents
 * write the texts.
 */

/** What a reason contains, by its label. Pacemaker keeps 128 bytes, so these are beginnings. */
export const REASONS: Readonly<Record<string, RegExp>> = {
  io_suspended: /I\/O is suspended|^all I\/O on \S+ fails/,
  no_quorum: /this side has no quorum/,
  local_disk: /the local disk is /,
  split_brain: /split brain \(/,
  port_taken: /stop the program that listens on /,
  peer_dropped: /DRBD has dropped /,
  peer_disconnected: /no connection to the peer/,
  peer_disk: /'s disk is /,
  resync: /(?:^|; )(?:SyncTarget|PausedSyncT|WFBitMapT|WFSyncUUID)/,
  fence_constraint_left: /a constraint of DRBD's handler was left/,
  fence_constraint: /^Pacemaker may promote it on |; Pacemaker may promote it on /,
  network: /(?:clients cannot|only this node itself can) reach /,
  unreached: /clients could not reach this node/,
  kernel_modules: /this side cannot take over the export because its kernel/,
  reservations: /the backstore accepts SCSI reservations/,
  device_path: / does not exist, though its device /,
  open_target: /the TPG accepts every initiator/,
  extra_portal: /it also listens on /,
  extra_initiator: / may log in, but is not among /,
  session_missing: /there is no session to /,
  disk_missing: / has no disk for LUN /,
  session_recovery: /the session to \S+ at \S+ is being recovered/,
  target_unreachable: /the target \S+ (?:is|was) unreachable at /,
  recovery_limit: / tolerates an outage of /,
  no_carrier: / has no carrier/,
  no_iscsid: /iscsid is not running/,
  filesystem_errors: / errors in the file system on /,
  device_suspended: / is suspended: its I\/O is blocked/,
  disk_blocked: / is blocked while its session is being recovered/,
  container_starting: / has no init: it is being started, or ends|is being started again, as after a reboot/,
  container_ending: / is ending$| is shutting down$/,
  container_frozen: / is frozen: run "systemctl thaw /,
  container_by_hand: / was started by hand, in /,
  services_failed: /services of \S+ have failed/,
  rescue_mode: / is in rescue or emergency mode/,
  systemd_unanswered: /the systemd of \S+ (?:cannot be asked|did not answer)/,
}

/** The label of a reason that no part above stands for, such as one of an agent of another version. */
const OTHER = 'other'

/** The labels of a reason in words, at least one. */
export function degradedReasons(reason: string): string[] {
  const found = Object.entries(REASONS).flatMap(([label, part]) => (part.test(reason) ? [label] : []))
  return found.length > 0 ? found : [OTHER]
}
