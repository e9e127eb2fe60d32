import { errorText } from '../../system/error-text.ts'
import { RUN_DIRECTORY, readLine, writeNote } from '../../system/files.ts'
import { isNotFound } from '../../system/system.ts'
import type { IscsiContext } from './parameters.ts'

/*
 * Under multipathd a session has no limit of its own: multipathd replaces recovery_limit by its fast_io_fail_tmo, fails the path
 * after these few seconds and queues I/O itself. Nothing shows how long that has lasted, so it is recorded.
 */

/** Seconds since all paths were first found unreachable; 0 while one is reachable. */
export async function outageSeconds(context: IscsiContext, isUnreachable: boolean): Promise<number> {
  const { system, log } = context
  const note = notePath(context)
  // an empty text is not a time: 0 would be an outage since 1970
  const since = Number.parseInt(readLine(system, note) ?? '', 10)
  if (!isUnreachable) {
    if (!Number.isNaN(since)) await forgetOutage(context)
    return 0
  }
  const lasted = (system.now() - since) / 1000
  if (lasted >= 0) return lasted
  try {
    await writeNote(system, note, String(system.now()))
  } catch (error) {
    // without a note the outage never counts as failed
    log.warn(`the outage of ${context.parameters.iqn} could not be recorded in ${note}: ${errorText(error)}`)
  }
  return 0
}

/** Removes the record of the outage, if there is one. */
export async function forgetOutage(context: IscsiContext): Promise<void> {
  const { system, log } = context
  try {
    await system.remove(notePath(context))
  } catch (error) {
    if (!isNotFound(error)) log.info(`${notePath(context)} could not be removed: ${errorText(error)}`)
  }
}

function notePath({ instance }: IscsiContext): string {
  return `${RUN_DIRECTORY}/outage-${instance}`
}
