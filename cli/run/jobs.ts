import { messageOf, type Print, type Work } from './steps.ts'

/** One of several independent pieces of work. */
export interface Job {
  readonly name: string
  /** The report of its success, such as `is mounted`. */
  readonly outcome: string
  readonly run: (print: Print) => Promise<void>
}

/** Where the steps of several jobs are shown in place; without it they are printed line by line. */
export interface JobDisplay {
  progress?(jobs: readonly Job[], atOnce: number): Promise<void>
}

/** Nodes do not work faster with more volumes at once. */
const AT_ONCE = 8

/**
 * Runs all jobs, some at a time. A job that fails does not affect the others.
 * @throws the error of the only job, or Error that names those that failed.
 */
export async function runJobs(display: JobDisplay, work: Work, jobs: readonly Job[]): Promise<void> {
  const [only] = jobs
  const failures: Failure[] = []
  const attempt = async ({ name, outcome, run }: Job, print: Print) => {
    try {
      await run(print)
    } catch (error) {
      failures.push({ name, error })
      throw error
    }
    if (!work.isDryRun) print(jobs.length === 1 || display.progress ? `${name} ${outcome}` : outcome)
  }
  if (jobs.length === 1 && only) return attempt(only, work.print)
  if (display.progress && !work.isDryRun)
    await display.progress(
      jobs.map(job => ({ ...job, run: print => attempt(job, print) })),
      AT_ONCE,
    )
  else {
    const attempts = jobs.map(job => () => attempt(job, line => work.print(`${job.name}: ${line}`)))
    await runConcurrently(attempts, work.isDryRun ? 1 : AT_ONCE)
  }
  refuseFailures(failures, jobs.length)
}

interface Failure {
  readonly name: string
  readonly error: unknown
}

function refuseFailures(failures: readonly Failure[], count: number): void {
  if (failures.length === 0) return
  const each = failures.map(({ name, error }) => `${name}: ${messageOf(error)}`)
  throw new Error(`${failures.length} of ${count} failed: ${each.join('; ')}`)
}

/**
 * Acts on each item in turn, also after a failure; stops at an interruption.
 * @throws the error of the only one, or Error that names those that failed.
 */
export async function inTurn<T extends { readonly name: string }>(
  ones: readonly T[],
  { interruption }: Pick<Work, 'interruption'>,
  act: (one: T) => Promise<void>,
): Promise<void> {
  const failures: Failure[] = []
  for (const one of ones) {
    try {
      interruption.throwIfAborted()
      await act(one)
    } catch (error) {
      if (ones.length === 1) throw error
      failures.push({ name: one.name, error })
    }
  }
  refuseFailures(failures, ones.length)
}

/** Runs all attempts, `atOnce` at a time, whether they fail or not. */
async function runConcurrently(attempts: readonly (() => Promise<void>)[], atOnce: number): Promise<void> {
  const waiting = [...attempts]
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await next().catch(() => undefined)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}
