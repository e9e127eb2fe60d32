import type { Finished } from '../../system/system.ts'
import { messageOf } from '../run/steps.ts'
import type { Terminal } from './terminal.ts'

/** How an operator's command ended at one of several places: a node, or a container. */
export interface Outcome {
  readonly kind: 'succeeded' | 'failed' | 'interrupted' | 'not started'
  /** Such as `node2 (3)` after a failure. */
  readonly text: string
}

/** What it did at a place; `run` has its output. @throws the error of `run`, other than an interruption. */
export async function outcomeAt(
  { terminal, isDryRun }: { readonly terminal: Terminal; readonly isDryRun: boolean },
  place: string,
  run: () => Promise<Finished>,
): Promise<Outcome> {
  const { interruption } = terminal
  if (interruption.aborted) return { kind: 'not started', text: place }
  try {
    const finished = await run()
    if (!isDryRun) printOutput(terminal, place, finished)
    if (finished.status === 0) return { kind: 'succeeded', text: place }
    return { kind: 'failed', text: `${place} (${finished.status ?? 'killed'})` }
  } catch (error) {
    if (error !== interruption.reason) throw error
    return { kind: 'interrupted', text: place }
  }
}

function printOutput(terminal: Terminal, place: string, { stdout, stderr }: Finished): void {
  for (const line of linesOf(stdout)) terminal.print(`${place}: ${line}`)
  for (const line of linesOf(stderr)) terminal.printError(`${place}: ${line}`)
}

/** ssh ends its own messages with CR and LF, as a terminal in raw mode needs. */
function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/)
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines
}

/** @throws Error that names the places where the command failed, was interrupted or was not started. */
export function refuseFailures(outcomes: readonly Outcome[], interruption: AbortSignal): void {
  const placesWhere = (kind: Outcome['kind']) =>
    outcomes.flatMap(outcome => (outcome.kind === kind ? outcome.text : [])).join(', ')
  const failed = placesWhere('failed')
  const interrupted = placesWhere('interrupted')
  const unstarted = placesWhere('not started')
  const problems = [
    ...(failed === '' ? [] : [`the command failed on ${failed}`]),
    ...(interrupted + unstarted === '' ? [] : [messageOf(interruption.reason)]),
    // ssh exits without notifying the other side
    ...(interrupted === '' ? [] : [`the command was running on ${interrupted} and may continue there`]),
    ...(unstarted === '' ? [] : [`the command was not started on ${unstarted}`]),
  ]
  if (problems.length > 0) throw new Error(problems.join('; '))
}
