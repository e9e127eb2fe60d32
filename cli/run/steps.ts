import type { System } from '../../system/system.ts'

/** A part of a longer piece of work. `undo` must work after `run` has done none, some or all of its work. */
export interface Step {
  readonly name: string
  /** It only waits; a dry run leaves it out. */
  readonly waits?: true
  run(): Promise<void>
  undo?(): Promise<void>
}

/** Prints a line for the operator. */
export type Print = (line: string) => void

/** The context of a piece of work. */
export interface Work {
  readonly system: System
  readonly print: Print
  readonly isDryRun: boolean
  /** Aborted when the operator interrupts the command: no further step begins then. */
  readonly interruption: AbortSignal
}

/** A step failed. The steps before it have been undone, except those that the message names. */
export class StepFailed extends Error {
  readonly step: string

  constructor(step: string, cause: unknown, notUndone: readonly string[]) {
    // for several jobs, a terminal shows only this message
    super([`${step}: ${messageOf(cause)}`, ...notUndone.map(name => `NOT UNDONE: ${name}`)].join('; '), { cause })
    this.name = 'StepFailed'
    this.step = step
  }
}

/**
 * Runs the steps in order. If one fails or is interrupted, it and the steps before it are undone in reverse order. If an undo
 * fails, the rest is not undone: nothing may be removed below something that may still run.
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
      // the reason is the command's last line
      print(`FAILED: ${step.name}`)
      throw new StepFailed(step.name, error, await undo(begun.reverse(), print))
    }
  }
}

/** Runs a step, which may take long; acknowledges an interruption at once. */
async function runInterruptibly(interruption: AbortSignal, step: Step, acknowledge: () => void): Promise<void> {
  interruption.throwIfAborted()
  interruption.addEventListener('abort', acknowledge)
  try {
    await step.run()
  } finally {
    interruption.removeEventListener('abort', acknowledge)
  }
}

/** Returns the steps that were not undone. */
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

/** Waits for all before it fails: a running part must not be undone. */
export async function allOf(work: readonly Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(work)
  const failure = results.find(result => result.status === 'rejected')
  if (failure) throw failure.reason
}

/** The message of an error, in one line. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? wordsOf(error) : String(error)
  return text
    .split('\n')
    .map(line => line.trim())
    .filter(Boolean)
    .join('; ')
}

/** Node.js prints `EACCES: permission denied, open '/etc/x'`; for a reader, the path should come first. */
function wordsOf({ message }: Error): string {
  const [, code, fault, path] = /^([A-Z]+): ([^,]{1,80}), \w{1,20} '([^']{1,4096})'/.exec(message) ?? []
  return path === undefined ? message : `${path}: ${fault} (${code})`
}
