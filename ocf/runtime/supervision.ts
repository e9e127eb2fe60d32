import { monotonicMilliseconds } from '../../system/host/monotonic.ts'
import type { Agent } from '../agent.ts'
import { type ExitCode, exit, exitCodes } from '../exit.ts'
import type { ParameterEnvironment } from '../parameters.ts'
import { checkLevel } from './monitor.ts'

/*
 * A call into the kernel may never return, such as a write to configfs while a session does not end, or a read of a dead disk. A
 * process with a thread in such a call cannot be terminated, not even by SIGKILL, and Pacemaker would wait for it. Actions that
 * change something or do I/O therefore run in a child; the process that Pacemaker started only waits, and can always exit in time.
 */

/** The result of an invocation. `abandoned`: a part of it still hangs, and the process must not wait for it. */
export interface Outcome {
  readonly code: ExitCode
  readonly abandoned: boolean
}

/** The child that performs the action, from its parent's view. */
export interface SupervisedChild {
  /** Calls back with each report of the child. */
  onReport(listener: (report: Report) => void): void
  /** Resolves to its exit status once it has exited and all its output was passed on; undefined when a signal killed it. */
  readonly ended: Promise<number | undefined>
  /** Asks it to kill the tool that it runs, and to exit. */
  requestExit(): void
  /** Kills it, unless it has exited, and every process that it left running. */
  kill(): void
}

/** A report of a child to its parent: the next step, or the exit code of the action. */
export type Report = { readonly step: string } | { readonly exit: number }

const CHANGING = ['start', 'stop', 'promote', 'demote']

/** A child that has reported its exit code exits at once, unless it hangs in the kernel. */
const GRACE_MILLISECONDS = 250

/** How long a child may take to kill its tool and exit: less than what is left until Pacemaker's timeout. */
const EXIT_MILLISECONDS = 50

/** Whether the action may hang in the kernel. The plain monitor reads only what does not block, and starts no process. */
export function isSupervised(agent: Agent, action: string | undefined, environment: ParameterEnvironment): boolean {
  if (action === 'monitor') return checkLevel(agent, environment) !== undefined
  return action !== undefined && CHANGING.includes(action)
}

/**
 * Waits until the child has exited or reported an exit code, or the time is up. Kills what a failed action left running: it must
 * not continue beside the next action.
 */
export async function supervise(child: SupervisedChild, supervision: Supervision): Promise<Outcome> {
  const outcome = await outcomeOf(child, supervision)
  if (outcome.abandoned) await waitForExit(child)
  if (outcome.abandoned || outcome.code === exit.genericError) child.kill()
  return outcome
}

async function waitForExit(child: SupervisedChild): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<void>(resolve => {
    timer = setTimeout(resolve, EXIT_MILLISECONDS)
  })
  child.requestExit()
  await Promise.race([child.ended, timeout])
  clearTimeout(timer)
}

async function outcomeOf(
  child: SupervisedChild,
  { action, milliseconds, begun, writeReason }: Supervision,
): Promise<Outcome> {
  let doing = ''
  // the child's report is final, however the child ends: it has already written its own reason
  let code: ExitCode | undefined
  let isOver = false
  const fail = (reason: string): ExitCode => {
    if (code === undefined && !isOver) writeReason(`${reason}${doing}`)
    isOver = true
    return code ?? exit.genericError
  }
  let grace: NodeJS.Timeout | undefined
  let timer: NodeJS.Timeout | undefined
  const reported = new Promise<Outcome>(resolve => {
    child.onReport(report => {
      if ('step' in report) {
        doing = `, while ${report.step}`
        return
      }
      const own = toExitCode(report.exit)
      code = own
      grace = setTimeout(() => resolve({ code: own, abandoned: true }), GRACE_MILLISECONDS)
    })
  })
  const timeIsUp = new Promise<Outcome>(resolve => {
    const left = begun + milliseconds - monotonicMilliseconds()
    const end = () =>
      resolve({ code: fail(`${action} timed out: not finished after ${milliseconds / 1000} s`), abandoned: true })
    timer = setTimeout(end, left)
  })
  const ended = child.ended.then((status): Outcome => {
    const own = status === undefined ? fail(`${action} was killed by a signal`) : toExitCode(status)
    return { code: own, abandoned: false }
  })
  const outcome = await Promise.race([ended, reported, timeIsUp])
  clearTimeout(timer)
  clearTimeout(grace)
  return outcome
}

export interface Supervision {
  readonly action: string
  /** The time limit from `begun` on, which is a time of `monotonicMilliseconds`. */
  readonly milliseconds: number
  readonly begun: number
  readonly writeReason: (reason: string) => void
}

function toExitCode(status: number): ExitCode {
  return exitCodes.find(code => code === status) ?? exit.genericError
}
