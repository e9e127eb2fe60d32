/** How often what is told is brought up to date. */
const PAUSE_MILLISECONDS = 1000

/**
 * Waits for `work`; meanwhile `step` is told again and again what `text` says: what an action waits for may show only while
 * it waits. A text that cannot be made at the moment is left out: the work goes on without it.
 */
export async function reportProgress<T>(
  step: (doing: string) => void,
  text: () => string,
  work: Promise<T>,
): Promise<T> {
  let told: string | undefined
  let timer: NodeJS.Timeout | undefined
  const tell = () => {
    timer = setTimeout(tell, PAUSE_MILLISECONDS)
    const now = tryOptional(text)
    if (now === undefined || now === told) return
    told = now
    step(now)
  }
  tell()
  try {
    return await work
  } finally {
    clearTimeout(timer)
  }
}

/** An explanation; undefined when it cannot be made, for which nothing else may fail. */
export function tryOptional<T>(explain: () => T): T | undefined {
  try {
    return explain()
  } catch (error) {
    if (error instanceof Error) return undefined
    throw error
  }
}
