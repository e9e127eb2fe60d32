import type { Deadline } from './deadline.ts'

/**
 * What `work` resolves to; undefined when it takes longer than that many seconds. Its signal is then aborted, and nothing waits for
 * it: it may hang in the kernel.
 */
export async function withTimeout<T>(
  deadline: Deadline,
  seconds: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  const controller = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const tooSlow = new Promise<undefined>(resolve => {
    timer = setTimeout(() => {
      controller.abort(new Error(`not finished after ${seconds} s`))
      resolve(undefined)
    }, seconds * 1000)
  })
  try {
    return await Promise.race([work(AbortSignal.any([deadline.signal, controller.signal])), tooSlow])
  } finally {
    clearTimeout(timer)
  }
}
