import { errorText } from '../system/error-text.ts'
import { hostName } from '../system/host-name.ts'
import type { Slot } from '../system/pacemaker/fencing/sbd.ts'
import type { System } from '../system/system.ts'
import type { Look } from './obsolescence.ts'
import { readSlots } from './sbd.ts'

/*
 * Two nodes that have lost each other may both want to fence the other one at the same time, however long one of them has waited: a
 * node that is short of processor time decides late. Both would be reset. The disk knows who was first.
 */

const PAUSE_MILLISECONDS = 500

/** Messages upon which sbd resets its node or switches it off. */
const FATAL = ['reset', 'off', 'crashdump']

/**
 * Waits while sbd's disk tells this node to reset itself, and so for its end: the other node was first. Returns when that is not so, or no
 * more, and when the time of the look is up: sbd, which reads its slot every second, does not run then, and a node is to be fenced.
 */
export async function awaitOwnReset(system: System, disks: readonly string[], { signal, say }: Look): Promise<void> {
  // the whole time went by without an answer about the other node, which is said
  if (signal.aborted) return
  let name = 'this node'
  let hasSaid = false
  try {
    name = hostName(system)
    const tellsThisNode = (slot: Slot) => slot.name === name && FATAL.includes(slot.message)
    while ((await readSlots(system, disks, signal)).some(tellsThisNode)) {
      if (!hasSaid) say(`sbd's disk tells ${name} to reset itself: it waits for that, and fences nobody`)
      hasSaid = true
      await system.sleep(PAUSE_MILLISECONDS, signal)
    }
  } catch (error) {
    say(
      hasSaid && signal.aborted
        ? `${name} was not reset in time, so it fences`
        : `what sbd's disk tells ${name} is unknown, so it fences: ${errorText(error)}`,
    )
  }
}
