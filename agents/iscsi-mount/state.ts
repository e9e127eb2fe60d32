import { degraded, incomplete, type State, started, stopped, stoppedWithLeftover } from '../../ocf/state.ts'
import type { Disk, Session } from '../../system/iscsi/sessions.ts'
import type { Path, Seen } from './inspect.ts'

/** The state of the resource: I/O continues, or is paused, until all paths have failed. */
export function stateOf(seen: Seen): State {
  if (seen.paths.every(({ session }) => session === undefined)) return stateWithoutSession(seen)
  const { iqn, recovery_limit } = seen.parameters
  const statuses = seen.paths.map(path => pathStatus(path, seen))
  const faults = statuses.flatMap(({ fault }) => fault ?? []).join('; ')
  if (statuses.every(({ is }) => is === 'failed')) return incomplete(faults)
  if (!isOutage(seen)) return faults === '' ? started : degraded('started', faults)
  if ((seen.outageSeconds ?? 0) > recovery_limit)
    return incomplete(`the target ${iqn} has been unreachable for more than ${recovery_limit} s: ${faults}`)
  return degraded('started', `${faults}; I/O is paused for as long as no_path_retry of multipathd allows`)
}

/** Whether no path carries or pauses I/O, but multipathd still queues it: how long that lasts is not limited by a session. */
export function isOutage(seen: Seen): boolean {
  const statuses = seen.paths.map(path => pathStatus(path, seen))
  return (
    statuses.every(({ is }) => is === 'unreachable' || is === 'failed') &&
    statuses.some(({ is }) => is === 'unreachable')
  )
}

function stateWithoutSession(seen: Seen): State {
  if (seen.hasRecord) return stoppedWithLeftover('the node record of a target without a session')
  return seen.hasEmptyDirectory ? stoppedWithLeftover('a directory for node records') : stopped
}

/** The status of a path; one that is unreachable below a map of multipathd has not failed yet. */
interface PathStatus {
  readonly is: 'up' | 'recovering' | 'unreachable' | 'failed'
  /** What is wrong with it; undefined when nothing is. */
  readonly fault?: string
}

function pathStatus({ portal, session, disk, isBelowMap }: Path, { parameters }: Seen): PathStatus {
  const { iqn, lun, recovery_limit } = parameters
  if (session === undefined) return { is: 'failed', fault: `there is no session to ${iqn} at ${portal}` }
  if (disk === undefined)
    return { is: 'failed', fault: `${session.name} to ${iqn} at ${portal} has no disk for LUN ${lun}` }
  if (isBelowMap) return statusBelowMap(iqn, session, disk)
  if (isLost(session, disk)) {
    const limit = session.recoverySeconds === undefined ? '' : ` for more than ${session.recoverySeconds} s`
    return { is: 'failed', fault: `the target ${iqn} was unreachable at ${portal}${limit}: I/O fails` }
  }
  if (isRecovering(session, disk))
    return { is: 'recovering', fault: `the session to ${iqn} at ${portal} is being recovered; I/O is paused` }
  if (session.recoverySeconds === recovery_limit) return { is: 'up' }
  const tolerated = session.recoverySeconds === undefined ? 'any length' : `${session.recoverySeconds} s`
  return {
    is: 'up',
    fault:
      `${session.name} to ${iqn} at ${portal} tolerates an outage of ${tolerated}, not ${recovery_limit} s: this ` +
      'resource did not create it; restart the resource while its disk is not in use',
  }
}

/** Below a map multipathd sets the limit of the session. */
function statusBelowMap(iqn: string, session: Session, disk: Disk): PathStatus {
  if (isLost(session, disk))
    return { is: 'unreachable', fault: `the target ${iqn} is unreachable at ${session.portal}` }
  if (isRecovering(session, disk))
    return { is: 'recovering', fault: `the session to ${iqn} at ${session.portal} is being recovered` }
  return { is: 'up' }
}

function isLost(session: Session, disk: Disk): boolean {
  return session.state === 'FREE' || disk.state === 'transport-offline' || disk.state === 'offline'
}

function isRecovering(session: Session, disk: Disk): boolean {
  return session.state !== 'LOGGED_IN' || disk.state !== 'running'
}
