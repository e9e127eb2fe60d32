/** The fencing agent for sbd's disk in this executable. Pacemaker looks for fencing agents in /usr/sbin. */
export const FENCE_AGENT = 'fence_vhacs_sbd'
export const FENCE_AGENT_PATH = `/usr/sbin/${FENCE_AGENT}`

/** A node's slot on sbd's disk. */
export interface Slot {
  readonly name: string
  /** The last message to the node: `clear` once it has acted upon it, `reset`, `off`, … */
  readonly message: string
}

/** The slots of sbd's disk, as `sbd list` prints them: the number, the name, the message and its sender. @see sbd-common.c */
export function parseSlots(text: string): Slot[] {
  return [...text.matchAll(/^\d+[ \t]+(\S+)[ \t]+(\S*)/gm)].map(([, name = '', message = '']) => ({ name, message }))
}

/** Messages upon which sbd resets its node or switches it off. */
export const FATAL_MESSAGES: readonly string[] = ['reset', 'off', 'crashdump']

const CLAIM_PREFIX = 'vhacs-claim-'

/** The slot by which a node tells the others that it is about to fence one. No node has that name, and no sbd reads it. */
export function claimSlot(node: string): string {
  return `${CLAIM_PREFIX}${node}`
}

/** The slots that belong to nodes. */
export function nodeSlots(slots: readonly Slot[]): Slot[] {
  return slots.filter(({ name }) => !name.startsWith(CLAIM_PREFIX))
}

/** sbd keeps 63 bytes of a name. */
const LONGEST_SLOT_NAME = 63

/** The slots for claims that a disk lacks. */
export function missingClaimSlots(slots: readonly Slot[]): string[] {
  const names = new Set(slots.map(({ name }) => name))
  return nodeSlots(slots)
    .map(({ name }) => claimSlot(name))
    .filter(name => !names.has(name) && name.length <= LONGEST_SLOT_NAME)
}
