/* Time-outs of other software, in seconds, that VHACS does not change. */

/** The kernel's include/linux/drbd_limits.h; the composed configuration sets none of them. */
export const drbd = { timeout: 6, connectInt: 10, pingTimeout: 0.5, koCount: 7 } as const

/** crm-fence-peer.sh of drbd-utils 9.22: --timeout. */
export const STOCK_HANDLER_SECONDS = 90

/** drbdadm of drbd-utils 9.22 kills a handler after so long. */
export const HANDLER_SECONDS = 600

/** The kernel's drbd_set_role(): how often a promotion may call the handler. */
export const ROLE_TRIES = 4

/** The kernel's drivers/scsi/sd.h, SD_TIMEOUT: after it, SCSI aborts a command, and resets the disk. */
export const DISK_SECONDS = 30

/** open-iscsi's usr/idbm.c: how long iscsiadm waits for the lock on its records. */
export const RECORD_LOCK_SECONDS = 30

/** multipathd's polling_interval. */
export const POLLING_SECONDS = 5

/** corosync.conf(5), consensus: 1.2 times token. */
export const CONSENSUS_FACTOR = 1.2

/** TimeoutStopSec of pacemaker.service. */
export const PACEMAKER_STOP_SECONDS = 30 * 60

/** sbd's src/sbd-common.c, timeout_loop: how often it reads its slot. */
export const SBD_LOOP_SECONDS = 1

/** No time-out, but allowed for: a controller that has lost its coordinator becomes it, and schedules. An idle node needs a second or two. */
export const ELECTION_SECONDS = 4

/** The same for fence_sbd, or external/sbd through fence_legacy, until it writes a message. */
export const AGENT_SECONDS = 2
