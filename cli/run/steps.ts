import type { System } from '../../system/system.ts'

/** A part of a longer undertaking. `undo` must bear that `run` did nothing, a part, or all of it. */
export interface Step {
  readonly name: string
  /** It changes nothing itself: there is nothing to wait for in a dry run. */
  readonly waits?: true
  run(): Promise<void>
  undo?(): Promise<void>
}

/** Says something to the operator. */
export type Print = (line: string) => void

/** What an undertaking works with. */
export interface Work {
  readonly system: System
  readonly print: Print
  readonly isDryRun: boolean
  /** Aborted when the operator has had enough: no further step begins then. */
  readonly interruption: AbortSignal
}

/** A step that failed; what came before it has been undone, but for what the message says is not. */
export class StepFailed extends Error {
  constructor(step: string, cause: unknown, notUndone: readonly string[]) {
    // in place of the steps of several jobs a terminal shows this alone
    super([`${step}: ${messageOf(cause)}`, ...notUndone.map(name => `NOT UNDONE: ${name}`)].join('; '), { cause })
    this.name = 'StepFailed'
  }
}

/**
 * Runs the steps in order. When one fails, or is interrupted, it and those before it are undone in reverse order. Where an
 * undo fails it ends: what lies below something that may still run is not taken away.
 * @throws StepFailed that names the step.
 */
export async function runSteps(steps: readonly Step[], { print, isDryRun, interruption }: Omit<Work, 'system'>) {
  const begun: Step[] = []
  for (const step of steps.filter(({ waits }) => !(waits && isDryRun))) {
    begun.push(step)
    print(step.name)
    try {
      await runInterruptibly(interruption, step, () =>
        print(`interrupted: ${begun.some(({ undo }) => undo) ? 'undoing' : 'stopping'} when this step has finished`),
      )
    } catch (error) {
      print(`FAILED: ${step.name}: ${messageOf(error)}`)
      throw new StepFailed(step.name, error, await undo(begun.reverse(), print))
    }
  }
}

/** Runs a step, which may take its time; that an interruption was heard is said at once. */
async function runInterruptibly(interruption: AbortSignal, step: Step, say: () => void): Promise<void> {
  interruption.throwIfAborted()
  interruption.addEventListener('abort', say)
  try {
    await step.run()
  } finally {
    interruption.removeEventListener('abort', say)
  }
}

/** Returns what is left. */
async function undo(steps: readonly Step[], print: Print): Promise<string[]> {
  const undoable = steps.filter(step => step.undo !== undefined)
  for (const [index, step] of undoable.entries()) {
    print(`undoing: ${step.name}`)
    try {
      await step.undo?.()
    } catch (error) {
      const left = [`${step.name}: ${messageOf(error)}`, ...undoable.slice(index + 1).map(({ name }) => name)]
      for (const name of left) print(`NOT UNDONE: ${name}`)
      return left
    }
  }
  return []
}

/** Waits for all of them before it fails: a half that still runs must not be undone beneath itself. */
export async function allOf(work: readonly Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(work)
  const failure = results.find(result => result.status === 'rejected')
  if (failure) throw failure.reason
}

/** What an error says, in one line. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.trim().replace(/\s*\n\s*/g, '; ')
}
