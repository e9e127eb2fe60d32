import { readLine, replaceFile } from '../../system/files.ts'
import { isNotFound } from '../../system/system.ts'
import type { IscsiContext } from './parameters.ts'

/*
 * Under multipathd a session has no limit of its own: multipathd puts its fast_io_fail_tmo in the place of recovery_limit, gives
 * the path up after these few seconds and holds I/O back itself. How long that has lasted nobody says, so it is noted.
 */

/** Seconds since all paths were first found to be away; 0 while one is not. */
export async function outageSeconds(context: IscsiContext, areAway: boolean): Promise<number> {
  const { system, log } = context
  const note = notePath(context)
  // an empty text is no time: 0 would be an outage since 1970
  const since = Number.parseInt(readLine(system, note) ?? '', 10)
  if (!areAway) {
    if (!Number.isNaN(since)) await forgetOutage(context)
    return 0
  }
  const lasted = (system.now() - since) / 1000
  if (lasted >= 0) return lasted
  try {
    await system.makeDirectory('/run/vhacs', { parents: true })
    await replaceFile(system, note, `${system.now()}\n`)
  } catch (error) {
    // it is too early to call it failed, and without a note it stays so
    log.warn(
      `that ${context.parameters.iqn} is away could not be noted in ${note}: ${error instanceof Error ? error.message : error}`,
    )
  }
  return 0
}

/** Forgets it, if there was one. */
export async function forgetOutage(context: IscsiContext): Promise<void> {
  const { system, log } = context
  try {
    await system.remove(notePath(context))
  } catch (error) {
    if (!isNotFound(error))
      log.info(`${notePath(context)} was not removed: ${error instanceof Error ? error.message : error}`)
  }
}

function notePath({ instance }: IscsiContext): string {
  return `/run/vhacs/outage-${instance}`
}
