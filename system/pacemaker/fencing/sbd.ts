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
