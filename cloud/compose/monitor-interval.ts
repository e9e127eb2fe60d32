/** The layers of a cloud that are monitored, bottom first. */
const LAYERS = ['lvm', 'drbd', 'target', 'address', 'session', 'filesystem'] as const
export type Layer = (typeof LAYERS)[number]

/** The number of different intervals: one per millisecond, without whole seconds. */
const INTERVALS = 4995

/** Coprime with INTERVALS, and near its golden section: the remainders of consecutive multiples are evenly spaced. */
const STEP = 3088

/**
 * The pause of a monitor between its end and its next start, in milliseconds: the agents' recommended seconds, or up to 5 s more.
 * Among 832 consecutive minors no other layer and no other cloud has the same interval. Two monitors with the same interval that
 * start in the same second would do so for ever; with different intervals they drift apart.
 *
 * Never whole seconds: such timers may fire together (pcmk__create_timer, g_timeout_add_seconds). No start-delay and no
 * interval-origin either: the transition waits for a delayed monitor.
 */
export function staggeredInterval(recommendedSeconds: number, minor: number, layer: Layer): number {
  const slot = minor * LAYERS.length + LAYERS.indexOf(layer)
  return intervalAt(recommendedSeconds, (slot * STEP) % INTERVALS)
}

/** The same for a resource without a minor, by its id: two have the same interval only by chance. */
export function intervalOf(recommendedSeconds: number, id: string): number {
  const slot = [...id].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % INTERVALS, 0)
  return intervalAt(recommendedSeconds, (slot * STEP) % INTERVALS)
}

function intervalAt(recommendedSeconds: number, position: number): number {
  return recommendedSeconds * 1000 + position + Math.floor(position / 999) + 1
}

/** The values of promotedInterval, and a step that is coprime with their number. */
const PROMOTED_INTERVALS = 999
const PROMOTED_STEP = 617

/**
 * The same for the promoted side of DRBD: more than 9 s and less than 10 s. Its monitor is what notices that the clients of a cloud
 * have lost the node, and needs five seconds more to be sure (agents/drbd-cloud/clients/loss.ts): 15 s in all.
 */
export function promotedInterval(minor: number): number {
  return 9001 + ((minor * PROMOTED_STEP) % PROMOTED_INTERVALS)
}

/** As Pacemaker and crmsh read it: `20s`, `20173ms`. */
export function intervalText(intervalMs: number): string {
  return intervalMs % 1000 === 0 ? `${intervalMs / 1000}s` : `${intervalMs}ms`
}
