/** Ten times the text may take ten times as long; a quadratic one takes a hundred times. */
const FACTOR = 40
/** A shorter time counts as this: it says more of the machine than of the text. */
const LEAST_MILLISECONDS = 2

/** How a text may be made of any number of parts. */
export type Text = (parts: number) => string

/** Whether ten times the text takes a hundred times as long, or so: how long. Each size is ten times the one before. */
export function superlinear(act: (text: string) => unknown, text: Text, sizes: readonly number[]): string | undefined {
  let before = Number.POSITIVE_INFINITY
  for (const size of sizes) {
    const limit = FACTOR * Math.max(before, LEAST_MILLISECONDS)
    const first = processorTime(act, text(size))
    // what was once too slow may have been the collection of garbage
    const milliseconds = first > limit ? Math.min(first, processorTime(act, text(size))) : first
    if (milliseconds > limit) return `${size / 10}: ${before.toFixed(1)} ms, ${size}: ${milliseconds.toFixed(1)} ms`
    before = milliseconds
  }
  return undefined
}

/** Of this thread, in milliseconds: what else the machine does is not counted. */
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
