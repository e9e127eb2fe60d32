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
 * During a failover the session of a mount is interrupted, and I/O waits. That is what a failover is meant to be like: as 190 it
 * would leave a failed action in crm_mon after each. The kernel shows no time of it, so a note holds since when it has lasted.
 */

/** In the lab failovers paused I/O for 10 to 90 s, fencing included. */
const FAILOVER_SECONDS = 120

/** The reason and the time are noted anew by each monitor: after a pause of the monitors the interruption may be another one. */
const UNSEEN_SECONDS = 60

export interface Interrupted {
  /** Undefined when the resource is not interrupted. */
  readonly reason: string | undefined
  /** Which of the resource's monitors saw that. */
  readonly monitor: 'plain' | 'deep'
  readonly intervalSeconds: number
}

/** Whether the interruption has lasted longer than a failover does. Notes it, or that it is over; starts no process. */
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
    // without a note it would never be degraded
    log.warn(`${path} could not be updated: ${errorText(error)}`)
    return reason !== undefined
  }
}

/** After a stop: nothing is interrupted here any more. */
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

/** Neither the clock was set back nor the monitors paused since. */
function isContinued({ since, seen }: Interruption, now: number, intervalSeconds: number): boolean {
  return since <= seen && seen <= now && now - seen <= (2 * intervalSeconds + UNSEEN_SECONDS) * 1000
}
