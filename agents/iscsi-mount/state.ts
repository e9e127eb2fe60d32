import {
  degraded,
  incomplete,
  interrupted,
  type State,
  started,
  stopped,
  stoppedWithLeftover,
} from '../../ocf/state.ts'
import type { Disk, Session } from '../../system/iscsi/sessions.ts'
import type { Path, Seen } from './inspect.ts'
import type { IscsiContext } from './parameters.ts'

type StateParameters = Pick<IscsiContext['parameters'], 'iqn' | 'lun' | 'recovery_limit'>

/** The state of the resource: I/O continues, or is paused, until all paths have failed. */
export function stateOf(seen: Seen, parameters: StateParameters): State {
  if (seen.paths.every(({ session }) => session === undefined)) return stateWithoutSession(seen)
  const { iqn, recovery_limit } = parameters
  const faulty = seen.paths.flatMap(path => {
    const fault = pathFault(path, parameters)
    return fault === undefined ? [] : [{ fault, condition: pathCondition(path) }]
  })
  const { deadInterface: dead } = seen
  const link = dead === undefined ? [] : [`${dead} has no carrier: check its cable and the switch`]
  const faults = [...faulty.map(({ fault }) => fault), ...link].join('; ')
  if (seen.paths.every(path => pathCondition(path) === 'failed')) return incomplete(faults)
  if (faults === '') return seen.hasDaemon === false ? interrupted(NO_DAEMON) : started
  // while its target moves, a path is being recovered or, below a map, unreachable; no other fault ends by itself
  const passes = faulty.every(({ condition }) => condition === 'recovering' || condition === 'unreachable')
  if (!isOutage(seen)) return passes ? interrupted(faults) : degraded('started', faults)
  if ((seen.outageSeconds ?? 0) > recovery_limit)
    return incomplete(`the target ${iqn} has been unreachable for more than ${recovery_limit} s: ${faults}`)
  const paused = `${faults}; I/O is paused for as long as no_path_retry of multipathd allows`
  return passes ? interrupted(paused) : degraded('started', paused)
}

const NO_DAEMON = 'iscsid is not running, so a lost session is not recovered: run systemctl start iscsid.service'

/** Whether no path carries or pauses I/O, but multipathd still queues it: no session limits how long that lasts. */
export function isOutage({ paths }: Seen): boolean {
  const conditions = paths.map(pathCondition)
  return conditions.includes('unreachable') && conditions.every(is => is === 'unreachable' || is === 'failed')
}

function stateWithoutSession(seen: Seen): State {
  if (seen.hasRecord) return stoppedWithLeftover('the node record of a target without a session')
  return seen.hasEmptyDirectory ? stoppedWithLeftover('a directory for node records') : stopped
}

/** The condition of a path; one that is unreachable below a map of multipathd has not failed yet. */
function pathCondition({ session, disk, isBelowMap }: Path): 'up' | 'recovering' | 'unreachable' | 'failed' {
  if (session === undefined || disk === undefined) return 'failed'
  if (isLost(session, disk)) return isBelowMap ? 'unreachable' : 'failed'
  return isRecovering(session, disk) ? 'recovering' : 'up'
}

/** What is wrong with a path; undefined when nothing is. */
function pathFault(path: Path, { iqn, lun, recovery_limit }: StateParameters): string | undefined {
  const { portal, session, disk, isBelowMap } = path
  const at = `${iqn} at ${portal}`
  if (session === undefined) return `there is no session to ${at}`
  if (disk === undefined) return `${session.name} to ${at} has no disk for LUN ${lun}`
  const limit = session.recoverySeconds
  switch (pathCondition(path)) {
    case 'unreachable':
      return `the target ${iqn} is unreachable at ${portal}`
    case 'failed':
      return `the target ${iqn} was unreachable at ${portal}${limit === undefined ? '' : ` for more than ${limit} s`}: I/O fails`
    case 'recovering':
      return `the session to ${at} is being recovered${isBelowMap ? '' : '; I/O is paused'}`
    default:
      // below a map multipathd sets the limit of the session
      return isBelowMap || limit === recovery_limit
        ? undefined
        : limitFault(`${session.name} to ${at}`, limit, recovery_limit)
  }
}

function limitFault(session: string, limit: number | undefined, wanted: number): string {
  const tolerated = limit === undefined ? 'any length' : `${limit} s`
  return (
    `${session} tolerates an outage of ${tolerated}, not ${wanted} s: restart the resource while its disk is ` +
    'not in use; this resource did not create the session'
  )
}

function isLost(session: Session, disk: Disk): boolean {
  return session.state === 'FREE' || disk.state === 'transport-offline' || disk.state === 'offline'
}

function isRecovering(session: Session, disk: Disk): boolean {
  return session.state !== 'LOGGED_IN' || disk.state !== 'running'
}
