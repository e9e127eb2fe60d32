import { type DrbdStatus, isFullySynced } from '../system/drbd/status.ts'
import { errorText } from '../system/error-text.ts'
import type { Call } from './call.ts'
import { allowOnly, type PlacedConstraint } from './cluster/constraint.ts'
import { allowedWith, hasMoreSides } from './cluster/sides.ts'
import { clusterView } from './cluster/view.ts'
import { ownStatus } from './own-status.ts'

const PAUSE_MILLISECONDS = 200

/** DRBD 8.4 receives nothing while it waits for this handler; if it loses its peer meanwhile, I/O also waits for the handler. */
const TIMEOUT_MILLISECONDS = 20_000

/**
 * Removes the constraint on a resource, whichever node it names, once all its sides have the same data. If a third side is still missing,
 * those that have the data may be promoted again. It only changes the constraint that was in the CIB before DRBD's status was read: one
 * that a node has placed since, because it lost its peer again, is kept.
 * @returns why it is kept; undefined when it no longer exists, or allows all that have the data.
 */
export async function unfencePeer(call: Call): Promise<string | undefined> {
  const { system, occasion } = call
  const begun = system.now()
  let removed: PlacedConstraint | undefined
  for (;;) {
    let why = 'a new one is placed whenever it is removed'
    const isOver = system.now() - begun >= TIMEOUT_MILLISECONDS
    try {
      const done = await unfence(call, removed)
      if (done.isOver) return done.why
      removed = done.removed ?? removed
    } catch (error) {
      if (error instanceof RangeError) return error.message
      why = errorText(error)
    }
    if (isOver) return `the fence constraint of ${occasion.resource} stays: ${why}`
    await system.sleep(PAUSE_MILLISECONDS)
  }
}

/** What one look has led to. A constraint that was removed, or has changed meanwhile, is looked at again. */
type Outcome =
  | { readonly isOver: true; readonly why: string | undefined }
  | { readonly isOver: false; readonly removed: PlacedConstraint | undefined }

const kept = (id: string, why: string): Outcome => ({ isOver: true, why: `${id} stays: ${why}` })

/** `removed`: the constraint that this call has removed before. */
async function unfence(call: Call, removed: PlacedConstraint | undefined): Promise<Outcome> {
  const { system, occasion, caller, log } = call
  const { cib, constraint, wanted } = await clusterView(system, occasion, caller)
  if (constraint === undefined) {
    if (removed) log.info(`removed ${removed.id}: all sides have the same data`)
    return { isOver: true, why: undefined }
  }
  const { id, allowed: present } = constraint
  const status = await ownStatus(call)
  if (typeof status === 'string') return kept(id, status)
  const allowed = isFullySynced(status) ? 'all' : allowedBeside(status, { node: wanted.node, present })
  if (allowed === undefined) return kept(id, unsyncedText(status))
  const isChanged = await allowOnly(system, { cib, seen: constraint, wanted }, allowed)
  if (allowed === 'all') return { isOver: false, removed: constraint }
  if (!isChanged) return { isOver: false, removed: undefined }
  log.info(`${id} allows ${allowed.join(' and ')}, which have the same data: ${unsyncedText(status)}`)
  return { isOver: true, why: undefined }
}

/** Of three sides, the nodes that may be promoted although one is missing; undefined if these are no more than before. */
function allowedBeside(
  status: DrbdStatus,
  { node, present }: { readonly node: string; readonly present: readonly string[] | undefined },
): ReturnType<typeof allowedWith> {
  return present === undefined || !hasMoreSides(status) ? undefined : allowedWith(status, { node, present })
}

/** Why the constraint is still needed. */
function unsyncedText({ disk, peers }: DrbdStatus): string {
  const texts = peers.map(peer => `${peer.connection}, its data ${peer.disk}`)
  return `the local data are ${disk}, the peer is ${texts.join('; ') || 'not connected'}`
}
