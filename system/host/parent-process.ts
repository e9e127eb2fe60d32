import { writeSync } from 'node:fs'
import { monotonicMilliseconds } from './monotonic.ts'

/** Contains the parent's process id and start time, so that a stray value does not turn a process into a child. */
export const PARENT_VARIABLE = 'VHACS_SUPERVISED_BY'

/** File descriptor of the pipe on which a child reports, one JSON text a line. */
export const REPORTS = 3

/** Two clock readings within this time count as simultaneous. */
const READINGS_MILLISECONDS = 1

/** The report of a child: the step that it begins, or the exit code of the action. */
export type Report = { readonly step: string } | { readonly exit: number }

/** When this process started, a time of `monotonicMilliseconds`. */
export function processStartMilliseconds(): number {
  // if the process is stopped between the two readings, its start would seem later than it was
  for (;;) {
    const before = process.uptime() * 1000
    const now = monotonicMilliseconds()
    if (process.uptime() * 1000 - before < READINGS_MILLISECONDS) return now - before
  }
}

/** Whether this process was started as a child and its parent has ended: another action may have started since. */
export function isOrphan(environment: Readonly<Record<string, string | undefined>>): boolean {
  const parent = parentIn(environment)
  return parent !== undefined && parent.pid !== process.ppid
}

function parentIn(environment: Readonly<Record<string, string | undefined>>) {
  const [pid, begun] = environment[PARENT_VARIABLE]?.split(' ') ?? []
  return begun === undefined ? undefined : { pid: Number(pid), begun: Number(begun) }
}

/** The parent of this process; undefined in a process that was not started by `startChild`. */
export function supervisingParent(environment: Readonly<Record<string, string | undefined>>) {
  const parent = parentIn(environment)
  if (parent?.pid !== process.ppid) return undefined
  return {
    /** When it started, a time of `monotonicMilliseconds`. */
    begun: parent.begun,
    report: (report: Report) => writeSync(REPORTS, `${JSON.stringify(report)}\n`),
    /** Pacemaker may start another action when the parent has ended; this one must not continue beside it. */
    onGone: (listener: () => void) => {
      process.stdin.on('end', listener).resume()
      // the listener must not keep the process running
      if ('unref' in process.stdin && typeof process.stdin.unref === 'function') process.stdin.unref()
    },
  }
}
