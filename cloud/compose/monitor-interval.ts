/** The layers of a cloud that are monitored, bottom first. */
const LAYERS = ['lvm', 'drbd', 'target', 'address', 'session', 'filesystem'] as const
export type Layer = (typeof LAYERS)[number]

/** The spread of the intervals, in milliseconds; a whole second is none of them. */
const SPREAD = 4995

/** Coprime with the spread, and near its golden section: of any run of numbers the remainders lie evenly apart. */
const STEP = 3088

/**
 * How long a monitor waits after it has ended until it starts again, in milliseconds: the agents' recommended seconds, or up
 * to 5 s more. No other layer and no other cloud has the same, of 832 minors in a row. Two monitors of one interval that
 * start in the same second would go on doing so for ever; of different ones they drift apart.
 *
 * Never whole seconds: timers of such may fire together (pcmk__create_timer, g_timeout_add_seconds). No start-delay and no
 * interval-origin either: the transition waits for a monitor that is delayed.
 */
export function staggeredInterval(recommendedSeconds: number, minor: number, layer: Layer): number {
  const slot = minor * LAYERS.length + LAYERS.indexOf(layer)
  const position = (slot * STEP) % SPREAD
  return recommendedSeconds * 1000 + position + Math.floor(position / 999) + 1
}

/** As Pacemaker and crmsh read it: `20s`, `20173ms`. */
export function intervalText(intervalMs: number): string {
  return intervalMs % 1000 === 0 ? `${intervalMs / 1000}s` : `${intervalMs}ms`
}
