import { type Sections, wordsIn } from '../examine/examination.ts'
import { error, type NodeFinding } from '../examine/finding.ts'

/** A process that a signal (T) or a debugger (t) has stopped, by its state in /proc/PID/status. */
const STOPPED = 'T'
/** A process that has ended, but whose parent has not reaped it. */
const ZOMBIE = 'Z'

/**
 * iscsid restores broken sessions: without it a failover never ends for the disk of a session. systemd starts iscsid when a tool
 * connects to it, but not for a broken session.
 */
export function daemonFindings(examined: Sections): NodeFinding[] {
  const sessions = wordsIn(examined, 'sessions').length
  const states = wordsIn(examined, 'iscsid').filter(state => state !== ZOMBIE)
  const isAtWork = states.some(state => state.toUpperCase() !== STOPPED)
  if (sessions === 0 || isAtWork) return []
  const why = states.length === 0 ? 'iscsid is not running' : 'iscsid was stopped by a signal'
  const what = `${why}, but ${sessions === 1 ? 'there is an iSCSI session' : `there are ${sessions} iSCSI sessions`}: one that breaks, as in a failover, is not logged in again`
  return [error(what, 'run "systemctl restart iscsid" there')]
}
