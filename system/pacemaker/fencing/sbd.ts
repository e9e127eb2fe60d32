/** The fencing agent for sbd's disk in this executable. Pacemaker looks for fencing agents in /usr/sbin. */
export const FENCE_AGENT = 'fence_vhacs_sbd'
export const FENCE_AGENT_PATH = `/usr/sbin/${FENCE_AGENT}`

/** Nodes that have a slot on sbd's disk, as `sbd list` prints them: the slot's number, the name and the message. */
export function parseSlots(text: string): string[] {
  return [...text.matchAll(/^\d+\s+(\S+)\s/gm)].flatMap(([, name]) => name ?? [])
}
