import { MESSAGE_SECONDS, WATCHDOG_SECONDS } from '../../../cli/cluster/examine/fencing/sbd-header.ts'
import { firstConfiguration } from '../../../cli/cluster/init/steps/first-configuration.ts'
import { PING_INTERVAL_SECONDS } from '../../../cloud/compose/drbd/config.ts'
import { timeoutSeconds } from '../../../handlers/timeout.ts'
import { seconds } from '../../../system/pacemaker/duration.ts'
import {
  advertised,
  byDefault,
  constant,
  failureTimeout,
  longest,
  longestMonitorPeriod,
  ofAddress,
  promotedPeriod,
  quoted,
  sum,
} from './constants.ts'
import {
  AGENT_SECONDS,
  CONSENSUS_FACTOR,
  DISK_SECONDS,
  drbd,
  ELECTION_SECONDS,
  HANDLER_SECONDS,
  PACEMAKER_STOP_SECONDS,
  POLLING_SECONDS,
  RECORD_LOCK_SECONDS,
  ROLE_TRIES,
  SBD_LOOP_SECONDS,
  STOCK_HANDLER_SECONDS,
} from './others.ts'

/** How long our handler waits as a promotion calls it, in a cluster that is configured as init does it. */
const handlerTimeout = timeoutSeconds('Secondary', {
  clone: { clone: 'x', primitive: 'x', promoteSeconds: advertised('drbd-cloud', 'promote') },
  properties: { isFencing: true, fencingSeconds: 60, mayAct: true },
})

/** A time, with its name as the document has it. */
type Time = readonly [name: string, seconds: number]

export interface Relation {
  readonly shorter: Time
  readonly longer: Time
  /** They may be equal. */
  readonly orEqual?: true
  readonly why: string
}

/** What init configures for slots with these timeouts of sbd. */
function configured(fencing: 'disk' | 'watchdog', watchdogSeconds: number, messageSeconds: number) {
  const by = fencing === 'disk' ? { by: fencing, device: '/dev/x' } : { by: fencing }
  const nodes = fencing === 'disk' ? ['a', 'b'] : ['a', 'b', 'c']
  const text = firstConfiguration(
    { nodes, clusterName: 'x', roles: [], fencing: by, alerts: [] },
    { header: { watchdogSeconds, messageSeconds }, agent: fencing === 'disk' ? 'fence_sbd' : undefined },
    { initiators: new Map(), versions: ['3.0.0'] },
  )
  return (name: string) => seconds(new RegExp(`name="${name}" value="([^"]*)"`).exec(text)?.[1]) ?? Number.NaN
}

const usual = configured('disk', WATCHDOG_SECONDS, MESSAGE_SECONDS)
const slow = configured('disk', 30, 60)
const byWatchdog = configured('watchdog', WATCHDOG_SECONDS, MESSAGE_SECONDS)

const token = constant('system/corosync/conf/corosync-conf.ts', 'TOKEN_MILLISECONDS')
const noticed = token * (1 + CONSENSUS_FACTOR)
const fenced = usual('priority-fencing-delay') + usual('stonith-timeout')

const noop = byDefault('iscsi-mount', 'noop_out_interval') + byDefault('iscsi-mount', 'noop_out_timeout')
const attempt = byDefault('iscsi-mount', 'login_timeout') + constant('agents/iscsi-mount/login.ts', 'SLACK_SECONDS')
const logoutCall = constant('agents/iscsi-mount/logout.ts', 'LOGOUT_SECONDS')
const logoutReserve = constant('agents/iscsi-mount/logout.ts', 'RESERVE_SECONDS')
const logout = logoutCall + Math.max(10, noop)
const ownAddress = constant('agents/drbd-cloud/clients/own-addresses.ts', 'REPORT_SECONDS')
const vhostQuery = constant('agents/drbd-cloud/clients/vhost-reports.ts', 'QUERY_SECONDS')
const connecting = constant('agents/iscsi-mount/network/lost-portals.ts', 'CONNECT_MILLISECONDS')
const addressQuery = constant('agents/iscsi-mount/network/lost-portals.ts', 'QUERY_SECONDS')
const lostPortals = constant('agents/iscsi-mount/network/lost-portals-report.ts', 'REPORT_SECONDS')
const watch = constant('agents/drbd-cloud/clients/loss.ts', 'LOST_MILLISECONDS')
const recovery = byDefault('iscsi-mount', 'recovery_limit')
const iscsidRestart = quoted(
  'system/iscsi/iscsid.ts',
  /'restart', 'iscsid\.service'\], \{ signal, timeoutSeconds: (\d+)/,
)
const stopOfTarget = advertised('lio-iblock', 'stop')
const startOfTarget = advertised('lio-iblock', 'start') + ofAddress('start')

const margin = constant('ocf/deadline.ts', 'MARGIN_MILLISECONDS')
const waitingMargin = constant('ocf/deadline.ts', 'WAITING_MARGIN_MILLISECONDS')
const exiting =
  constant('ocf/runtime/supervision.ts', 'GRACE_MILLISECONDS') +
  constant('ocf/runtime/supervision.ts', 'EXIT_MILLISECONDS')

const starts = constant('cli/clouds/lifecycle.ts', 'START_SECONDS')
const stops = constant('cli/clouds/lifecycle.ts', 'STOP_SECONDS')
const moves = constant('cli/storage/prefers.ts', 'MOVE_SECONDS')
const rehearsed = constant('cli/clouds/moves/move.ts', 'MOVE_SECONDS')
const resumed = constant('cli/storage/rehearse/observed-move.ts', 'RESUME_SECONDS')
const idle = constant('system/pacemaker/cib/cib.ts', 'IDLE_SECONDS')
const examination = quoted('cli/cluster/examine/examine-all.ts', /timeoutSeconds: (\d+)/)
const asking = quoted('cli/cluster/examine/fencing/queries.ts', /begun \+ (\d+)\)\) \] \|\| break/)
const query = quoted('cli/cluster/examine/fencing/queries.ts', /--query "\$device" --timeout (\d+)/)
const again = quoted('cli/cluster/examine/fencing/queries.ts', /end=\$\(\(begun \+ (\d+)/)

/** In the order of the document. */
export const relations: Readonly<Record<string, readonly Relation[]>> = {
  'Fencing and failover': [
    {
      shorter: ["twice sbd's watchdog", 2 * WATCHDOG_SECONDS],
      longer: ['msgwait', MESSAGE_SECONDS],
      orEqual: true,
      why: 'a node that has lost the disk has reset itself before a message to it counts as read (sbd(8))',
    },
    {
      shorter: ["twice sbd's watchdog", 2 * WATCHDOG_SECONDS],
      longer: ['stonith-watchdog-timeout', byWatchdog('stonith-watchdog-timeout')],
      orEqual: true,
      why: 'a node that is fenced by its watchdog has reset itself before the others continue (sbd(8))',
    },
    {
      shorter: [
        "sbd's loop, an election of a coordinator, and the start of a fencing agent",
        SBD_LOOP_SECONDS + ELECTION_SECONDS + AGENT_SECONDS,
      ],
      longer: ['priority-fencing-delay', usual('priority-fencing-delay')],
      why: 'of two nodes that have lost each other, the one on which more runs has reset the other before that one fences',
    },
    {
      shorter: ['twice msgwait and priority-fencing-delay', 2 * MESSAGE_SECONDS + usual('priority-fencing-delay')],
      longer: ['stonith-timeout', usual('stonith-timeout')],
      orEqual: true,
      why: 'otherwise sbd never completes a request, and the node is fenced again and again (sbd(8))',
    },
    {
      shorter: ['the same with slots of a msgwait of 60 s', 2 * 60 + slow('priority-fencing-delay')],
      longer: ['stonith-timeout for them', slow('stonith-timeout')],
      orEqual: true,
      why: 'slots that exist keep their time-outs',
    },
    {
      shorter: [
        'the look of `fence_vhacs_sbd` at a node that is back, its start, and msgwait',
        constant('fencing/main.ts', 'LOOK_MILLISECONDS') + AGENT_SECONDS + MESSAGE_SECONDS,
      ],
      longer: ['stonith-timeout', usual('stonith-timeout')],
      why: 'otherwise Pacemaker ends the agent before sbd vouches for the fencing',
    },
    {
      shorter: ['the handler of drbd-utils, and the margin of an agent', STOCK_HANDLER_SECONDS + margin],
      longer: ['promote of drbd-cloud', advertised('drbd-cloud', 'promote')],
      why: 'a promotion waits for the handler, and must outlast it to succeed or to report why it failed',
    },
    {
      shorter: [
        'the fence-peer handler of VHACS four times, and its margin',
        ROLE_TRIES * handlerTimeout + constant('handlers/timeout.ts', 'MARGIN_SECONDS'),
      ],
      longer: ['promote of drbd-cloud', advertised('drbd-cloud', 'promote')],
      orEqual: true,
      why: 'DRBD may call it once in each of its tries',
    },
    {
      shorter: ["that handler's wait on a primary", constant('handlers/timeout.ts', 'LONGEST_SECONDS')],
      longer: ['the time after which drbdadm kills a handler', HANDLER_SECONDS],
      why: 'only an answer resumes the I/O',
    },
    {
      shorter: [
        'notice (token, consensus), priority-fencing-delay, stonith-timeout, promote, start of target and address, one login',
        noticed + fenced + advertised('drbd-cloud', 'promote') + startOfTarget + attempt,
      ],
      longer: ['recovery_limit', recovery],
      why: 'I/O of the clients waits for a failover that uses all its time-outs, and does not fail',
    },
    {
      shorter: ['the interval of a promoted monitor, and its watch of a lost network', promotedPeriod() + watch],
      longer: ['the time in which an export leaves a node that clients cannot reach', 15],
      orEqual: true,
      why: 'the users of a mount wait no longer than that and a planned move',
    },
    {
      shorter: ['the watch of a lost network', watch],
      longer: ['half of the monitor of drbd-cloud', advertised('drbd-cloud', 'monitor') / 2],
      why: 'the monitor that sees a loss first can still report the score',
    },
    {
      shorter: ['the report of its own address, and the query for those of vhosts', ownAddress + vhostQuery],
      longer: ['monitor of drbd-cloud', advertised('drbd-cloud', 'monitor')],
      why: 'a monitor whose Pacemaker does not answer still ends in time',
    },
    {
      shorter: ['two attempts to connect, a query and a report', 2 * connecting + addressQuery + lostPortals],
      longer: ['monitor of iscsi-mount', advertised('iscsi-mount', 'monitor')],
      why: 'the same, of a mount that has lost its session',
    },
    {
      shorter: ['the longest monitor interval and its time-out', longestMonitorPeriod()],
      longer: ['failure-timeout', failureTimeout()],
      why: 'a failure still counts when the next monitor fails, so the third one moves the resource',
    },
  ],
  Replication: [
    {
      shorter: ["DRBD's timeout", drbd.timeout],
      longer: ['connect-int', drbd.connectInt],
      why: 'required by drbd.conf(5)',
    },
    {
      shorter: ["DRBD's timeout", drbd.timeout],
      longer: ['ping-int', PING_INTERVAL_SECONDS],
      why: 'required by drbd.conf(5)',
    },
    {
      shorter: ['ping-timeout', drbd.pingTimeout],
      longer: ["DRBD's timeout", drbd.timeout],
      why: 'before a promotion DRBD pings the peer, so a dead peer is detected at once',
    },
    {
      shorter: ["DRBD's timeout times ko-count", drbd.timeout * drbd.koCount],
      longer: ['stop of lio-iblock', stopOfTarget],
      why: 'a stop waits for I/O in flight, which a peer that accepts no data delays for that long',
    },
    {
      shorter: ["DRBD's timeout times ko-count", drbd.timeout * drbd.koCount],
      longer: ['demote of drbd-cloud', advertised('drbd-cloud', 'demote')],
      why: 'the same',
    },
    {
      shorter: [
        'wfc_timeout, and the reserve of a start',
        byDefault('drbd-cloud', 'wfc_timeout') + constant('agents/drbd-cloud/bring-up.ts', 'RESERVE_SECONDS'),
      ],
      longer: ['start of drbd-cloud', advertised('drbd-cloud', 'start')],
      why: 'a start without a peer succeeds; its wait ends this reserve before its time-out, whatever wfc_timeout is',
    },
    {
      shorter: ['connect-int', drbd.connectInt],
      longer: ['the wait of storage --unfail for the peer', constant('cli/storage/unfail.ts', 'CONNECT_SECONDS')],
      why: 'DRBD tries to connect at least twice',
    },
    {
      shorter: ['connect-int', drbd.connectInt],
      longer: [
        'the wait for the replication of a new storage',
        constant('cli/clouds/creation/backend.ts', 'CONNECT_SECONDS'),
      ],
      why: 'the same',
    },
  ],
  iSCSI: [
    {
      shorter: ['noop_out_interval and noop_out_timeout', noop],
      longer: ["the disk's command time-out", DISK_SECONDS],
      why: 'a dead connection is dropped, and its I/O waits, before SCSI aborts commands and takes the disk offline',
    },
    {
      shorter: ['noop_out_interval and noop_out_timeout', noop],
      longer: ['one call of a logout', logoutCall],
      why: 'iscsid closes the session of a dead target only when its connection was dropped',
    },
    {
      shorter: ['one login (login_timeout and slack), three times', 3 * attempt],
      longer: ['start of iscsi-mount', advertised('iscsi-mount', 'start')],
      why: 'the login to a target that moves meanwhile is retried',
    },
    {
      shorter: ['one login', attempt],
      longer: ['stop of iscsi-mount', advertised('iscsi-mount', 'stop')],
      why: 'a stop waits for the end of a login that an earlier start has left behind',
    },
    {
      shorter: ['a logout from a dead target', logout],
      longer: ['a third of the stop of iscsi-mount', advertised('iscsi-mount', 'stop') / 3],
      why: 'a restart of iscsid gets at most a third of a stop, which must suffice',
    },
    {
      shorter: ['a restart of iscsid, and the reserve of a stop', iscsidRestart + logoutReserve],
      longer: ['a logout from a dead target', logout],
      orEqual: true,
      why: 'the stop that restarts iscsid can still report it',
    },
    {
      shorter: ['a restart of iscsid', iscsidRestart],
      longer: ['the age of an abandoned lock on it', constant('system/iscsi/iscsid.ts', 'DEAD_AFTER_MILLISECONDS')],
      why: 'two agents do not restart it at the same time',
    },
    {
      shorter: [
        'the age of an abandoned lock on the records',
        constant('system/iscsi/iscsiadm.ts', 'DEAD_AFTER_MILLISECONDS'),
      ],
      longer: ["iscsiadm's wait for it", RECORD_LOCK_SECONDS],
      why: 'the lock of a killed iscsiadm is removed before the next one gives up',
    },
    {
      shorter: [
        'no_path_retry times polling_interval in docs/multipath.md',
        quoted('docs/multipath.md', /no_path_retry (\d+)/) * POLLING_SECONDS,
      ],
      longer: ['recovery_limit', recovery],
      orEqual: true,
      why: 'the mount fails no later than its I/O',
    },
  ],
  'Agents and commands': [
    {
      shorter: ['the margin of the waiting parent', waitingMargin],
      longer: ['the margin of an action', margin],
      why: 'the reason comes from the child, which has more details',
    },
    {
      shorter: ['grace and exit of a child', exiting],
      longer: ['what lies between the two margins', margin - waitingMargin],
      orEqual: true,
      why: "the child has ended before Pacemaker's time-out",
    },
    {
      shorter: ['the report of a promotion score', constant('agents/drbd-cloud/score.ts', 'REPORT_SECONDS')],
      longer: ['monitor of drbd-cloud', advertised('drbd-cloud', 'monitor')],
      why: 'a report that hangs does not fail the monitor',
    },
    {
      shorter: ['the time for a suspended volume', constant('agents/lvm-volume/state.ts', 'SUSPENSION_SECONDS')],
      longer: ['monitor of lvm-volume', advertised('lvm-volume', 'monitor')],
      why: 'the monitor reports that the volume is suspended',
    },
    {
      shorter: [
        'the shutdown of a container by default, its termination, its kill, and the wait for systemd',
        byDefault('nspawn-container', 'shutdown_timeout') +
          constant('agents/nspawn-container/stop.ts', 'TERMINATE_SECONDS') +
          constant('agents/nspawn-container/stop.ts', 'KILL_SECONDS') +
          constant('agents/nspawn-container/leftovers.ts', 'UNLOAD_SECONDS'),
      ],
      longer: ['stop of nspawn-container', advertised('nspawn-container', 'stop')],
      why: 'a container that must be killed has ended in time',
    },
    {
      shorter: ['the wait for an answer of systemd', constant('agents/nspawn-container/inspect.ts', 'ANSWER_SECONDS')],
      longer: ['monitor of nspawn-container', advertised('nspawn-container', 'monitor')],
      why: 'a monitor whose systemd does not answer still ends in time',
    },
    {
      shorter: [
        'the freeze of a snapshot, and the margin of the timer that ends it',
        constant('cli/clouds/snapshots/take-snapshot.ts', 'FREEZE_SECONDS') +
          constant('system/nodes/disk/freeze.ts', 'TIMER_MARGIN_SECONDS'),
      ],
      longer: ['monitor of ext3-filesystem', advertised('ext3-filesystem', 'monitor')],
      why: 'a monitor that writes waits for the thaw, and does not fail',
    },
    {
      shorter: [
        'the pause before a portal is tried again, and the wait for a device',
        constant('agents/lio-iblock/portal.ts', 'RETRY_MILLISECONDS') +
          constant('agents/lio-iblock/start.ts', 'DEVICE_WAIT_SECONDS'),
      ],
      longer: ['start of lio-iblock', advertised('lio-iblock', 'start')],
      why: 'both are retried at least once',
    },
    {
      shorter: [
        'the grace of a process, twice',
        2 * constant('agents/ext3-filesystem/unmount/kill-users.ts', 'GRACE_SECONDS'),
      ],
      longer: ['half of the stop of ext3-filesystem', advertised('ext3-filesystem', 'stop') / 2],
      why: 'users are killed in time for the unmount',
    },
    {
      shorter: [
        'a logout by the stop of ext3-filesystem',
        constant('agents/ext3-filesystem/device-progress.ts', 'LOGOUT_SECONDS'),
      ],
      longer: [
        'what it leaves of its time for that',
        constant('agents/ext3-filesystem/device-progress.ts', 'LAST_SECONDS'),
      ],
      why: 'the unmount, whose I/O then fails, still ends in time',
    },
    {
      shorter: ['all stops of a storage', sum('stop') + sum('demote')],
      longer: ['TimeoutStopSec of Pacemaker', PACEMAKER_STOP_SECONDS],
      why: 'at shutdown, systemd does not kill a Pacemaker that is still stopping a storage',
    },
    {
      shorter: ['twice the longest start', 2 * longest('start')],
      longer: ['the wait for a start', starts],
      why: 'an action may time out once and be retried on the other node; not all seven layers at once (see below)',
    },
    {
      shorter: ['twice the longest stop', 2 * longest('stop')],
      longer: ['the wait for a stop', stops],
      why: 'the same',
    },
    {
      shorter: ['the longest stop and start', longest('stop') + longest('start')],
      longer: ['the wait for a move', moves],
      why: 'the same',
    },
    {
      shorter: ['the longest stop and start', longest('stop') + longest('start')],
      longer: ['the wait for a move of a rehearsal', rehearsed],
      why: 'the same',
    },
    {
      shorter: ['the wait for a move of a rehearsal', rehearsed],
      longer: ['the life of its constraint', constant('cli/clouds/moves/constraint-end.ts', 'LIFETIME_SECONDS')],
      why: 'Pacemaker does not forget the move while it is waited for',
    },
    {
      shorter: ['the stops of a side', advertised('drbd-cloud', 'stop') + advertised('lvm-volume', 'stop')],
      longer: ['the wait for its end', constant('cli/clouds/replacement/old-side.ts', 'STOP_SECONDS')],
      why: 'a side that is replaced is down before its data are removed',
    },
    {
      shorter: ['the starts of a side', advertised('drbd-cloud', 'start') + advertised('lvm-volume', 'start')],
      longer: ['the wait for a new one', constant('cli/clouds/replacement/copy.ts', 'START_SECONDS')],
      why: 'a side that starts slowly is no failure',
    },
    {
      shorter: ['the wait for a move of a rehearsal, and for I/O after it', rehearsed + resumed],
      longer: ['the watch of that I/O', constant('cli/storage/rehearse/observed-move.ts', 'WATCH_SECONDS')],
      why: 'the pause is seen to its end',
    },
    {
      shorter: [
        'both moves of a rehearsal, and the removal of its constraint',
        2 * (rehearsed + resumed) + constant('cli/storage/rehearse/rehearsal.ts', 'REMOVE_SECONDS'),
      ],
      longer: ['the wait for the lock of another vhacs', constant('cli/run/lock.ts', 'LOCK_TIMEOUT_SECONDS')],
      why: 'the other one has finished or undone its work',
    },
    {
      shorter: ['the wait for a start', starts],
      longer: ['crm_resource --wait', idle],
      why: 'Pacemaker may have other storages to start',
    },
    {
      shorter: ['a start, a stop and a wait for Pacemaker', starts + stops + idle],
      longer: ['the wait for the lock of another vhacs', constant('cli/run/lock.ts', 'LOCK_TIMEOUT_SECONDS')],
      why: 'the other one has finished or undone its work',
    },
    {
      shorter: ['the fencer asked for a device for each node, and one more time', asking + query],
      longer: ['the examination of a node', examination],
      why: 'a node whose fencing device hangs is reported as such, not as unreachable',
    },
    {
      shorter: ['a fencer asked again, an examination', again + examination],
      longer: ["init's wait for fencing", constant('cli/cluster/init/steps/waiting.ts', 'TIMEOUT_SECONDS')],
      why: 'it is tried at least twice',
    },
  ],
}
