import { isFullySynced } from '../system/drbd/status.ts'
import { errorText } from '../system/error-text.ts'
import type { Call } from './call.ts'
import { type PlacedConstraint, removeConstraint } from './cluster/constraint.ts'
import { clusterView } from './cluster/view.ts'
import { ownStatus } from './own-status.ts'

const PAUSE_MILLISECONDS = 200

/** DRBD 8.4 receives nothing while it waits for this handler; if it loses its peer meanwhile, I/O also waits for the handler. */
const TIMEOUT_MILLISECONDS = 20_000

/**
 * Removes the constraint on a resource, whichever node it names, once all its sides have the same data. It only removes the
 * constraint that was in the CIB before DRBD's status was read: one that a node has placed since, because it lost its peer again,
 * is kept.
 * @returns why it is kept; undefined when it no longer exists.
 */
export async function unfencePeer(call: Call): Promise<string | undefined> {
  const { system, occasion, caller, log } = call
  const begun = system.now()
  let removed: PlacedConstraint | undefined
  for (;;) {
    let why = 'a new one is placed whenever it is removed'
    const isOver = system.now() - begun >= TIMEOUT_MILLISECONDS
    try {
      const { constraint } = await clusterView(system, occasion, caller)
      if (constraint === undefined) {
        if (removed) log.info(`removed ${removed.id}: all sides have the same data`)
        return undefined
      }
      const unsynced = await unsyncedText(call)
      if (unsynced !== undefined) return `${constraint.id} stays: ${unsynced}`
      await removeConstraint(system, constraint)
      removed = constraint
    } catch (error) {
      if (error instanceof RangeError) return error.message
      why = errorText(error)
    }
    if (isOver) return `the fence constraint of ${occasion.resource} stays: ${why}`
    await system.sleep(PAUSE_MILLISECONDS)
  }
}

/** Why the constraint is still needed; undefined when all sides have the same data. */
async function unsyncedText(call: Call): Promise<string | undefined> {
  const status = await ownStatus(call)
  if (typeof status === 'string') return status
  if (isFullySynced(status)) return undefined
  const peers = status.peers.map(({ connection, disk }) => `${connection}, its data ${disk}`)
  return `the local data are ${status.disk}, the peer is ${peers.join('; ') || 'not connected'}`
}
