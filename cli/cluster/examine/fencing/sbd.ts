import { FENCE_AGENT, nodeSlots, parseSlots } from '../../../../system/pacemaker/fencing/sbd.ts'
import { type Sections, wordsIn } from '../examination.ts'

/** Types of fencing devices that use sbd's disk, the preferred one first. */
export const SBD_AGENTS = [FENCE_AGENT, 'fence_sbd', 'external/sbd'] as const
export type SbdAgent = (typeof SBD_AGENTS)[number]

/** Nodes that have a slot on sbd's disk. */
export function slotNames({ sections }: Sections, section = 'slots'): string[] {
  return nodeSlots(parseSlots(sections.get(section) ?? '')).map(({ name }) => name)
}

export function hasWatchdog(examined: Sections): boolean {
  return wordsIn(examined, 'watchdog').length > 0
}

/** What to do on a node without a watchdog. */
export const LOAD_WATCHDOG =
  "load the hardware watchdog's kernel module now and at boot (/etc/modules-load.d); use softdog if there is no hardware watchdog"
