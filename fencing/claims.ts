import { errorText } from '../system/error-text.ts'
import { hostName } from '../system/host-name.ts'
import { claimSlot, FATAL_MESSAGES, missingClaimSlots, type Slot } from '../system/pacemaker/fencing/sbd.ts'
import { runToSuccess, type System } from '../system/system.ts'
import type { Look } from './obsolescence.ts'
import { pendingRequests } from './pending.ts'
import { readSlots, sbd } from './sbd.ts'

/*
 * A claim tells the other nodes that a node is about to fence one: a message in a slot of its own on sbd's disk, which no sbd reads. Of sbd's
 * messages, `exit` is the one after which "sbd message" returns at once.
 */

const CLAIMED = 'exit'
/** A write takes milliseconds on a sound disk. */
const WRITE_SECONDS = 5
/** sbd looks twice whether another node has taken the slot, two seconds apart by default. */
const ALLOCATE_SECONDS = 5
const MOST_AT_ONCE = 2
const PAUSE_MILLISECONDS = 500

/** Claims the right to fence; false where the disks have no slot for that, or cannot be written. */
export async function claim(system: System, disks: readonly string[], node: string): Promise<boolean> {
  const write = [...onDisks(disks), 'message', claimSlot(node), CLAIMED]
  const { status } = await system.run(sbd, write, { timeoutSeconds: WRITE_SECONDS })
  return status === 0
}

/** Removes the claims of nodes. sbd waits long after it has written, and is not waited for. */
export async function release(system: System, disks: readonly string[], nodes: readonly string[]): Promise<void> {
  const clear = (node: string) =>
    system.run(sbd, [...onDisks(disks), 'message', claimSlot(node), 'clear'], { timeoutSeconds: WRITE_SECONDS })
  await Promise.allSettled(nodes.map(clear))
}

/**
 * Removes the claims of both nodes as soon as the message that resets the other one is on a disk: whoever looks then sees that. Returns
 * whether that was so before the signal.
 */
export async function releaseAfterMessage(
  system: System,
  { disks, node, own }: { readonly disks: readonly string[]; readonly node: string; readonly own: string },
  signal: AbortSignal,
): Promise<boolean> {
  try {
    while (!isTold(await readSlots(system, disks, signal), node)) await system.sleep(PAUSE_MILLISECONDS, signal)
  } catch {
    return false
  }
  await release(system, disks, [own, node])
  return true
}

/** Whether a disk tells a node to reset itself or to switch itself off. */
export function isTold(slots: readonly Slot[], node: string): boolean {
  return slots.some(({ name, message }) => name === node && FATAL_MESSAGES.includes(message))
}

/** Whether a node is about to fence another one. */
export function hasClaimed(slots: readonly Slot[], node: string): boolean {
  const name = claimSlot(node)
  return slots.some(slot => slot.name === name && slot.message === CLAIMED)
}

/**
 * Gives each node with a slot on a disk another one for its claims, and removes a claim that this node has left: not while a request is
 * pending, for which another device may be fencing. What fails is said and left for the next monitor, as are more slots than it has time for.
 */
export async function maintainClaims(
  system: System,
  disks: readonly string[],
  { signal, say }: Look,
): Promise<undefined> {
  try {
    const own = hostName(system)
    for (const disk of disks) {
      const slots = await readSlots(system, [disk], signal)
      const options = { timeoutSeconds: ALLOCATE_SECONDS, signal }
      for (const name of missingClaimSlots(slots).slice(0, MOST_AT_ONCE))
        await runToSuccess(system, sbd, ['-d', disk, 'allocate', name], options)
      if (hasClaimed(slots, own) && (await isIdle(system, { signal, say }))) await release(system, [disk], [own])
    }
  } catch (error) {
    // the disks are sound, and the device can fence
    say(
      `${errorText(error)}; without a slot for each node's claims, two nodes that fence each other may both be reset: check "sbd list"`,
    )
  }
}

/** Whether the cluster fences nobody. */
async function isIdle(system: System, { signal, say }: Look): Promise<boolean> {
  try {
    return (await pendingRequests(system, '*', signal)).length === 0
  } catch (error) {
    say(`${errorText(error)}; so what this node has claimed on sbd's disk stays until the next monitor`)
    return false
  }
}

function onDisks(disks: readonly string[]): string[] {
  return disks.flatMap(disk => ['-d', disk])
}
