import { type FenceConstraint, fenceConstraintOn, isAccepted } from '../../system/drbd/fence-constraint.ts'
import { type DrbdStatus, isFullySynced } from '../../system/drbd/status.ts'
import { errorText } from '../../system/error-text.ts'
import { RUN_DIRECTORY, readNote, writeNote } from '../../system/files.ts'
import { hostName } from '../../system/host-name.ts'
import { isNotFound, type System } from '../../system/system.ts'
import type { DrbdContext } from './parameters.ts'

/*
 * The constraint by which DRBD's fence-peer handler keeps a peer's old data from being promoted. Its counterpart removes it
 * after the resync; when that fails, the other side can never take over, although DRBD itself is healthy.
 */

/** What this node shows of the constraint. */
export interface Fencing {
  /** Undefined without a constraint. */
  readonly constraint: FenceConstraint | undefined
  /** When a monitor noted that it exists with nothing left to resync, in milliseconds since 1970; undefined without a note. */
  readonly notedSince: number | undefined
  /** Whether the note is older than the time that the handler may need. */
  readonly isOverdue: boolean
  /** Why the constraint cannot be read. */
  readonly error?: unknown
}

/** After a resync, the handler takes a moment, and so does the copy of the CIB that is read here. */
const GRACE_MILLISECONDS = 60_000

/** Holds the time at which the constraint was first seen with nothing left to resync. */
const notePath = (resource: string) => `${RUN_DIRECTORY}/fence-${resource}`

/** Reads the constraint and the note. */
export function inspectFencing(system: System, resource: string, status: DrbdStatus): Fencing {
  let notedSince: number | undefined
  try {
    notedSince = noteOf(system, resource)
    const isOverdue =
      isFullySynced(status) && notedSince !== undefined && system.now() - notedSince >= GRACE_MILLISECONDS
    return { constraint: fenceConstraintOn(system, resource), notedSince, isOverdue }
  } catch (error) {
    return { constraint: undefined, notedSince, isOverdue: false, error }
  }
}

/** Whether the constraint lets only this node be promoted, on an operator's word. */
export function isChosen(system: System, { constraint }: Pick<Fencing, 'constraint'>): boolean {
  if (constraint === undefined || !isAccepted(constraint)) return false
  return constraint.allowed.length === 1 && constraint.allowed[0] === hostName(system)
}

/** The hint where the constraint allows a promotion; empty without a constraint. */
export function constraintText(constraint: FenceConstraint | undefined): string[] {
  if (constraint === undefined) return []
  const { id, allowed } = constraint
  return [
    `Pacemaker may promote it on ${allowed.join(', ')} only, until the peer has caught up and DRBD's handler removes the constraint ${id}`,
  ]
}

/** The fault that the handler has left the constraint behind, with the command to remove it; empty otherwise. */
export function constraintLeftBehind(resource: string, { constraint, isOverdue }: Fencing): string[] {
  if (constraint === undefined || !isOverdue) return []
  const { id, allowed } = constraint
  return [
    `a constraint of DRBD's handler was left behind: run "vhacs storage --unfail ${resource}" or "crm configure delete ${id}"; all sides have the same data, but Pacemaker may promote it on ${allowed.join(', ')} only`,
  ]
}

/** Notes when a constraint is first seen with nothing left to resync; removes the note when that no longer holds. */
export async function noteFencing(context: DrbdContext, status: DrbdStatus, fencing: Fencing): Promise<void> {
  const { parameters, system, log } = context
  const note = notePath(parameters.drbd_resource)
  try {
    // while a resync is due the constraint is no leftover, whatever the CIB says
    if (fencing.error !== undefined && isFullySynced(status)) throw fencing.error
    const isLeft = isFullySynced(status) && fencing.constraint !== undefined
    if (isLeft === (fencing.notedSince !== undefined)) return
    if (isLeft) {
      await writeNote(system, note, String(system.now()))
    } else await system.remove(note)
  } catch (error) {
    if (!isNotFound(error)) log.warn(`${note} could not be updated: ${errorText(error)}`)
  }
}

/** Undefined without a note, and for a note from before the clock was set back. */
function noteOf(system: System, resource: string): number | undefined {
  const since = Number.parseInt(readNote(system, notePath(resource)) ?? '', 10)
  return since <= system.now() ? since : undefined
}
