import { reportProgress } from '../../ocf/progress.ts'
import { blockedIo } from '../../system/block/block-devices.ts'
import { errorText } from '../../system/error-text.ts'
import { logOut, outcomeText } from '../../system/iscsi/iscsiadm.ts'
import { lostSessionOf } from '../../system/iscsi/sessions.ts'
import { mountState } from './mount-state.ts'
import type { MountContext } from './parameters.ts'

/** Waits for I/O on the device; the deadline's reason says why the kernel blocks it, if that is visible. */
export function withDeviceProgress<T>(
  { parameters, system, step }: MountContext,
  doing: string,
  work: Promise<T>,
): Promise<T> {
  const text = () => {
    const { name } = mountState(system, parameters)
    const why = name === undefined ? undefined : blockedIo(system, name)?.reason
    return why === undefined ? doing : `${doing}: ${why}`
  }
  return reportProgress(step, text, work)
}

/** What is left of a stop's time for a logout, and for the unmount that it lets finish. */
const LAST_SECONDS = 25

const LOGOUT_SECONDS = 10

/**
 * Waits for a stop. If near its end the device's I/O still waits for a lost session, logs out of that, so that the I/O fails and the
 * stop finishes: otherwise Pacemaker fences the node, which loses the same data, and everything else that runs there.
 */
export async function withLastResort<T>(context: MountContext, work: Promise<T>): Promise<T> {
  const remaining = context.deadline.remainingSeconds()
  let logout: Promise<void> | undefined
  const resort = () => {
    logout = failPausedIo(context)
  }
  const timer = setTimeout(resort, Math.max(remaining - LAST_SECONDS, remaining / 2) * 1000)
  try {
    return await work
  } finally {
    clearTimeout(timer)
    await logout
  }
}

async function failPausedIo({ parameters, system, log, deadline }: MountContext): Promise<void> {
  const { signal } = deadline
  try {
    const { name } = mountState(system, parameters)
    const session = name === undefined ? undefined : lostSessionOf(system, name)
    if (session === undefined) return
    log.warn(
      `the session of ${parameters.device} has not come back: logging out, so that its I/O fails and the stop can finish; what was not written yet is lost`,
    )
    const finished = await logOut(system, session, { signal, timeoutSeconds: LOGOUT_SECONDS })
    if (finished.status !== 0) log.warn(outcomeText(finished))
  } catch (error) {
    log.warn(`the I/O of ${parameters.device} cannot be ended: ${errorText(error)}`)
  }
}
