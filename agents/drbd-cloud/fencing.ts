import { fenceConstraintOn } from '../../system/drbd/fence-constraint.ts'
import { type DrbdStatus, isFullySynced } from '../../system/drbd/status.ts'
import { RUN_DIRECTORY, readLine, writeNote } from '../../system/files.ts'
import { isNotFound, type System } from '../../system/system.ts'
import type { DrbdContext } from './parameters.ts'

/*
 * The constraint by which DRBD's fence-peer handler keeps a peer's old data from being promoted. Its counterpart takes it back
 * after the resync; when that fails, the other side can never take over, although nothing is wrong with DRBD itself.
 */

/** After a resync the handler, and the copy of the CIB that is read here, need a moment. */
const PATIENCE_MILLISECONDS = 60_000

/** Says since when the constraint has been there with nothing left to resync. */
const noteOf = (resource: string) => `${RUN_DIRECTORY}/fence-${resource}`

/** The constraint of a fence-peer handler, in words; empty when there is none. */
export function fencingOf(system: System, resource: string): string[] {
  const constraint = fenceConstraintOn(system, resource)
  if (constraint === undefined) return []
  const { id, allowed } = constraint
  return [
    `Pacemaker may promote it on ${allowed.join(', ')} only (constraint ${id}, which DRBD's handler takes back when the peer has caught up)`,
  ]
}

/** A constraint that the handler has left behind, in words; empty when there is none, or not for long. */
export function leftFencingOf(system: System, resource: string, status: DrbdStatus): string[] {
  const since = notedSince(system, resource)
  if (!isFullySynced(status) || since === undefined || system.now() - since < PATIENCE_MILLISECONDS) return []
  const constraint = fenceConstraintOn(system, resource)
  if (constraint === undefined) return []
  const { id, allowed } = constraint
  return [
    `all sides have the same data, but Pacemaker may still promote it on ${allowed.join(', ')} only: DRBD's handler has left the constraint ${id} behind; "vhacs storage --unfail ${resource}" or "crm configure delete ${id}" takes it away`,
  ]
}

/** Notes when a constraint is first seen with nothing left to resync, and forgets it when that is over. */
export async function watchFencing(context: DrbdContext, status: DrbdStatus): Promise<void> {
  const { parameters, system, log } = context
  const { drbd_resource: name } = parameters
  try {
    const isLeft = isFullySynced(status) && fenceConstraintOn(system, name) !== undefined
    if (isLeft === (notedSince(system, name) !== undefined)) return
    if (isLeft) {
      await writeNote(system, noteOf(name), String(system.now()))
    } else await system.remove(noteOf(name))
  } catch (error) {
    if (!isNotFound(error)) log.warn(`${noteOf(name)}: ${error instanceof Error ? error.message : error}`)
  }
}

/** Undefined without a note, and for one from before the clock was set back. */
function notedSince(system: System, resource: string): number | undefined {
  const since = Number(readLine(system, noteOf(resource)) ?? Number.NaN)
  return since <= system.now() ? since : undefined
}
