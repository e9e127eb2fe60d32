/** How often the reported text is updated. */
const PAUSE_MILLISECONDS = 1000

/**
 * Waits for `work`; meanwhile reports `text` as a step whenever it changes, because what an action waits for may be visible only
 * while it waits. A text that cannot be produced is skipped: the work continues without it.
 */
export async function reportProgress<T>(
  step: (doing: string) => void,
  text: () => string,
  work: Promise<T>,
): Promise<T> {
  let reported: string | undefined
  let timer: NodeJS.Timeout | undefined
  const report = () => {
    timer = setTimeout(report, PAUSE_MILLISECONDS)
    const now = tryOptional(text)
    if (now === undefined || now === reported) return
    reported = now
    step(now)
  }
  report()
  try {
    return await work
  } finally {
    clearTimeout(timer)
  }
}

/** An explanation; undefined if it cannot be produced, because nothing else may fail because of it. */
export function tryOptional<T>(explain: () => T): T | undefined {
  try {
    return explain()
  } catch (error) {
    if (error instanceof Error) return undefined
    throw error
  }
}
