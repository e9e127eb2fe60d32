import { errorText } from '../../system/error-text.ts'
import { isRequestDue, requestIscsid } from '../../system/iscsi/iscsid.ts'
import { addressAndPort } from '../../system/iscsi/node-records.ts'
import type { Seen } from './inspect.ts'
import type { IscsiContext } from './parameters.ts'

/** A start that failed is repeated, by whichever agent of the node comes first. */
const START_PAUSE_SECONDS = 30

/** A restart interrupts all sessions of the node for a moment. */
const RESTART_PAUSE_SECONDS = 300

/** A session whose target is reachable is recovered within seconds. */
const RECOVERY_SECONDS = 60

const CONNECT_MILLISECONDS = 2000

/**
 * The kernel pauses the I/O of a lost session and leaves its recovery to iscsid. A monitor starts an iscsid that is not running, and has
 * one restarted that does not recover a session although its portal accepts connections: otherwise I/O would wait until
 * recovery_limit, and fail. Does not wait for the outcome; a later monitor sees it.
 */
export async function keepRecoveryGoing(context: IscsiContext, seen: Seen): Promise<void> {
  const { system, log } = context
  const { signal } = context.deadline
  try {
    if (seen.hasDaemon === false) {
      if (await requestIscsid(system, 'start', { pauseSeconds: START_PAUSE_SECONDS, signal }))
        log.warn('iscsid was not running, and without it no lost session is recovered: starting it')
      return
    }
    const { interruptedSeconds = 0 } = seen
    // once in each interruption: a target may accept connections and refuse logins for good
    const pauseSeconds = Math.max(RESTART_PAUSE_SECONDS, interruptedSeconds)
    if (interruptedSeconds < RECOVERY_SECONDS || !isRequestDue(system, pauseSeconds)) return
    const portal = await answeringPortal(context, seen)
    if (portal !== undefined && (await requestIscsid(system, 'restart', { pauseSeconds, signal })))
      log.warn(`a session to ${portal} was not recovered although that accepts connections: restarting iscsid`)
  } catch (error) {
    context.deadline.signal.throwIfAborted()
    log.warn(`iscsid cannot be started: ${errorText(error)}`)
  }
}

/** A portal that accepts connections although its session is lost. */
async function answeringPortal({ system }: IscsiContext, { paths }: Seen): Promise<string | undefined> {
  const lost = paths.filter(({ session }) => session !== undefined && session.state !== 'LOGGED_IN')
  for (const { portal } of lost) {
    const [address, port] = addressAndPort(portal)
    if ((await system.tryConnect({ address, port: Number(port) }, CONNECT_MILLISECONDS)) === 'accepted') return portal
  }
  return undefined
}
