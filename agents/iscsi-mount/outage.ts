import { errorText } from '../../system/error-text.ts'
import { fileNameOf, RUN_DIRECTORY, readNote, writeNote } from '../../system/files.ts'
import { isNotFound } from '../../system/system.ts'
import type { IscsiContext } from './parameters.ts'

/*
 * Under multipathd a session has no limit of its own: multipathd replaces recovery_limit by its fast_io_fail_tmo, fails the path
 * after these few seconds and queues I/O itself. Nothing shows how long that has lasted, so it is recorded.
 */

/** Seconds since the outage was recorded; undefined when none is recorded, negative when the clock was set back since. */
export function outageSeconds({ system, instance }: Pick<IscsiContext, 'system' | 'instance'>): number | undefined {
  // an empty text is not a time: 0 would be an outage since 1970
  const since = Number.parseInt(readNote(system, notePath(instance)) ?? '', 10)
  return Number.isNaN(since) ? undefined : (system.now() - since) / 1000
}

/** Records the start of an outage, unless it is recorded already. */
export async function recordOutage(context: IscsiContext, seconds: number | undefined): Promise<void> {
  const { parameters, system, log, instance } = context
  if (seconds !== undefined && seconds >= 0) return
  const note = notePath(instance)
  try {
    await writeNote(system, note, String(system.now()))
  } catch (error) {
    // without a note the outage never counts as failed
    log.warn(`the outage of ${parameters.iqn} could not be recorded in ${note}: ${errorText(error)}`)
  }
}

/** Removes the record of the outage, if there is one. */
export async function forgetOutage({ system, log, instance }: IscsiContext): Promise<void> {
  const note = notePath(instance)
  try {
    await system.remove(note)
  } catch (error) {
    if (!isNotFound(error)) log.info(`${note} could not be removed: ${errorText(error)}`)
  }
}

function notePath(instance: string): string {
  return `${RUN_DIRECTORY}/outage-${fileNameOf(instance)}`
}
