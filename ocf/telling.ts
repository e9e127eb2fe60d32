/** How often what is told is brought up to date. */
const PAUSE_MILLISECONDS = 1000

/**
 * Waits for `work`; meanwhile `step` is told again and again what `text` says: what an action waits for may show only while
 * it waits.
 */
export async function tellWhile<T>(step: (doing: string) => void, text: () => string, work: Promise<T>): Promise<T> {
  let told = text()
  let timer: NodeJS.Timeout | undefined
  const tell = () => {
    const now = text()
    if (now !== told) step(now)
    told = now
    timer = setTimeout(tell, PAUSE_MILLISECONDS)
  }
  step(told)
  timer = setTimeout(tell, PAUSE_MILLISECONDS)
  try {
    return await work
  } finally {
    clearTimeout(timer)
  }
}
