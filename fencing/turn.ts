import { errorText } from '../system/error-text.ts'
import { hostName } from '../system/host-name.ts'
import type { Slot } from '../system/pacemaker/fencing/sbd.ts'
import type { System } from '../system/system.ts'
import { claim, hasClaimed, isTold, release, releaseAfterMessage } from './claims.ts'
import type { Look } from './obsolescence.ts'
import { readSlots, sendMessage } from './sbd.ts'

/*
 * Two nodes that have lost each other may both want to fence the other one at the same time, however long one of them has waited: a
 * node that is short of processor time decides late. Both would be reset. So each claims the right to fence on sbd's disk before it looks
 * whether the other one has, and one of the two at least sees the other's claim.
 */

const PAUSE_MILLISECONDS = 500

/** Two nodes that contend for a disk. */
export interface Contest {
  readonly disks: readonly string[]
  /** The node that is to be fenced. */
  readonly node: string
  /** This node. */
  readonly own: string
  /** Whether this node has claimed the right to fence. */
  readonly hasClaim: boolean
}

/** The contest that this node enters by claiming the right to fence; without a claim where that fails. */
export async function enterContest(system: System, disks: readonly string[], node: string): Promise<Contest> {
  try {
    const own = hostName(system)
    return { disks, node, own, hasClaim: await claim(system, disks, own) }
  } catch {
    // the disks are asked next, and tell why
    return { disks, node, own: '', hasClaim: false }
  }
}

/**
 * Waits until this node may fence the other one: neither has the other claimed that, nor does sbd's disk tell this node to reset itself.
 * Of two that have claimed it, the one whose name comes later withdraws. Returns also when the time is up: the other one did
 * nothing with its claim, or sbd, which reads its slot every second, does not run here; and a node is to be fenced.
 * A node that has claimed keeps its turn: whoever claims later sees that. Returns whether it had to wait.
 */
export async function awaitTurn(system: System, contest: Contest, look: Look): Promise<boolean> {
  return waited(contest, look, saying => contend(system, contest, saying))
}

/**
 * Waits while sbd's disk tells a node that has its turn to reset itself, as long as awaitTurn does. Another node's fencing agent that claims nothing, such
 * as fence_sbd, does not see the turn. Returns whether it had to wait.
 */
export async function awaitReset(system: System, contest: Contest, look: Look): Promise<boolean> {
  const { disks, own } = contest
  return waited(contest, look, async ({ signal, say }) => {
    while (isTold(await readSlots(system, disks, signal), own)) {
      say(toldText(own))
      await system.sleep(PAUSE_MILLISECONDS, signal)
    }
  })
}

/** Returns whether `wait` said why it waits; it says each reason once, and ends with the signal. */
async function waited({ own }: Contest, { signal, say }: Look, wait: (look: Look) => Promise<void>): Promise<boolean> {
  // the whole time went by without an answer about the other node, which is said
  if (signal.aborted) return false
  let said = ''
  const sayOnce = (text: string) => {
    if (text !== said) say(text)
    said = text
  }
  try {
    await wait({ signal, say: sayOnce })
  } catch (error) {
    say(
      said !== '' && signal.aborted
        ? `${own} was not reset in time, so it fences`
        : `what sbd's disk tells ${own || 'this node'} is unknown, so it fences: ${errorText(error)}`,
    )
  }
  return said !== ''
}

/** @throws the signal's reason */
async function contend(system: System, contest: Contest, { signal, say }: Look): Promise<void> {
  const { disks, node, own } = contest
  let { hasClaim } = contest
  for (;;) {
    const why = obstacle(await readSlots(system, disks, signal), contest)
    if (why === undefined) {
      if (hasClaim || !contest.hasClaim) return
      hasClaim = await claim(system, disks, own)
      if (!hasClaim) return
      continue
    }
    say(why)
    if (hasClaim && own > node) {
      hasClaim = false
      await release(system, disks, [own])
    }
    await system.sleep(PAUSE_MILLISECONDS, signal)
  }
}

/** Why this node must not fence now; undefined if it may. */
function obstacle(slots: readonly Slot[], { node, own }: Contest): string | undefined {
  if (isTold(slots, own)) return toldText(own)
  return hasClaimed(slots, node) ? `${node} is about to fence ${own}, which waits for that` : undefined
}

function toldText(own: string): string {
  return `sbd's disk tells ${own} to reset itself: it waits for that, and fences nobody`
}

/** Writes the message, and removes the claims of both nodes as soon as others can read it. @throws ToolFailed */
export async function fenceByMessage(system: System, { disks, node, own }: Contest, message: 'off' | 'reset') {
  const writing = new AbortController()
  const early = releaseAfterMessage(system, { disks, node, own }, writing.signal)
  try {
    await sendMessage(system, { node, disks, message })
  } catch (error) {
    writing.abort()
    if (!(await early)) await release(system, disks, [own])
    throw error
  }
  writing.abort()
  if (!(await early)) await release(system, disks, [own, node])
}
