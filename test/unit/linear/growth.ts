/** Ten times the text may take ten times as long; a quadratic one takes a hundred times. */
const FACTOR = 40
/** A shorter time counts as this, because it depends more on the machine than on the text. */
const LEAST_MILLISECONDS = 2
/** The same once the code is compiled. */
const LEAST_WHEN_WARM = 0.5
/** The same for a long text, whose memory the kernel provides at a cost of its own: a quadratic one of this length takes many seconds. */
const leastWhenLong = (size: number) => size / 100_000
/** A time that grew from less than this calls for a longer text: a fast machine does 15,000 characters in quadratic time within FACTOR floors. */
const LEAST_FOR_SUSPICION = 0.2
/** Ten times the text for this much more time calls for a closer look; one measurement of a short time is as coarse as the kernel's clock tick. */
const FACTOR_FOR_A_LOOK = 15
/** How often an apparently slow case is measured again, because of occasional garbage collections. */
const TRIES = 3
/** How often the shorter text is taken for one measurement, so that clock ticks of up to 10 ms hardly matter. */
const SHORTER_RUNS = 10

/** How a text may be made of any number of parts. */
export type Text = (parts: number) => string

/** Whether ten times the text takes a hundred times as long, or so: how long. Each size is ten times the one before. */
export function superlinear(act: (text: string) => unknown, text: Text, sizes: readonly number[]): string | undefined {
  let before = Number.POSITIVE_INFINITY
  let isSuspicious = false
  for (const size of sizes) {
    const milliseconds = processorTime(act, text(size))
    if (
      milliseconds > FACTOR * Math.max(LEAST_MILLISECONDS, leastWhenLong(size)) &&
      milliseconds > FACTOR_FOR_A_LOOK * before &&
      isSlowAgain(act, text, size)
    )
      return `${size / 10}: ${before.toFixed(1)} ms, ${size}: ${milliseconds.toFixed(1)} ms`
    isSuspicious = milliseconds > FACTOR * Math.max(before, LEAST_FOR_SUSPICION, leastWhenLong(size))
    before = milliseconds
  }
  const longest = sizes.at(-1) ?? 0
  return isSuspicious ? superlinear(act, text, [longest, longest * 10]) : undefined
}

function isSlowAgain(act: (text: string) => unknown, text: Text, size: number): boolean {
  const shorter = () => {
    const short = text(size / 10)
    const runs = Array.from({ length: SHORTER_RUNS }, () => processorTime(act, short))
    return runs.reduce((sum, run) => sum + run, 0) / SHORTER_RUNS
  }
  const isSlow = () =>
    processorTime(act, text(size)) > FACTOR * Math.max(shorter(), LEAST_WHEN_WARM, leastWhenLong(size))
  return Array.from({ length: TRIES }).every(isSlow)
}

/** The CPU time of this thread in milliseconds, without other work of the machine. */
function processorTime(act: (text: string) => unknown, text: string): number {
  const before = process.threadCpuUsage()
  try {
    act(text)
  } catch (error) {
    if (!(error instanceof Error)) throw error
  }
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1000
}
