import { errorText } from '../../system/error-text.ts'
import { ignoreMissing, readLine, writeNote } from '../../system/files.ts'
import { withoutInstanceNumber } from '../../system/pacemaker/ids.ts'
import {
  type Interruption,
  interruptionLine,
  interruptionPath,
  parseInterruption,
} from '../../system/pacemaker/interruption-note.ts'
import { visibleText } from '../../system/visible-text.ts'
import type { Context } from '../agent.ts'

/*
 * During a failover the session of a mount is interrupted, and I/O waits. That is normal: reporting 190 would leave a failed action
 * in crm_mon after each failover. The kernel does not show how long the interruption has lasted, so a note records its start.
 */

/** In the lab failovers paused I/O for 10 to 90 s, fencing included. */
const FAILOVER_SECONDS = 120

/** Each monitor notes the reason and the time again: after a pause of the monitors the interruption may be a different one. */
const UNSEEN_SECONDS = 60

export interface Interrupted {
  /** Undefined when the resource is not interrupted. */
  readonly reason: string | undefined
  /** The kind of monitor that saw it. */
  readonly monitor: 'plain' | 'deep'
  readonly intervalSeconds: number
}

/** Whether the interruption has lasted longer than a failover. Notes its start or its end; starts no process. */
export async function outlastsFailover(context: Context, interrupted: Interrupted): Promise<boolean> {
  const { system, log, instance } = context
  const { reason, monitor, intervalSeconds } = interrupted
  const resource = withoutInstanceNumber(instance)
  const path = interruptionPath(resource, monitor)
  try {
    const noted = parseInterruption(readLine(system, path) ?? '')
    const now = system.now()
    if (reason === undefined) {
      await forget(context, path, noted)
      return false
    }
    const isTheSame = noted !== undefined && isContinued(noted, now, intervalSeconds)
    const since = isTheSame ? noted.since : now
    await writeNote(system, path, interruptionLine({ resource, since, seen: now, reason: visibleText(reason) }))
    if (!isTheSame) log.info(`${reason}; as in a failover (degraded if it lasts ${FAILOVER_SECONDS} s)`)
    return now - since >= FAILOVER_SECONDS * 1000
  } catch (error) {
    // without a note it would never count as degraded
    log.warn(`${path} could not be updated: ${errorText(error)}`)
    return reason !== undefined
  }
}

/** After a stop, because nothing is interrupted here any more. */
export async function forgetInterruptions({ system, log, instance }: Context): Promise<void> {
  for (const monitor of ['plain', 'deep'] as const) {
    const path = interruptionPath(withoutInstanceNumber(instance), monitor)
    try {
      if (readLine(system, path) !== undefined) await ignoreMissing(() => system.remove(path))
    } catch (error) {
      log.info(`${path} could not be removed: ${errorText(error)}`)
    }
  }
}

async function forget({ system, log }: Context, path: string, noted: Interruption | undefined): Promise<void> {
  if (noted === undefined) return
  await ignoreMissing(() => system.remove(path))
  log.info(`ended after ${Math.round((system.now() - noted.since) / 1000)} s: ${noted.reason}`)
}

/** Whether neither the clock was set back nor the monitors paused since then. */
function isContinued({ since, seen }: Interruption, now: number, intervalSeconds: number): boolean {
  return since <= seen && seen <= now && now - seen <= (2 * intervalSeconds + UNSEEN_SECONDS) * 1000
}
