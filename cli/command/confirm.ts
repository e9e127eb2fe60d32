import type { Call } from './verb.ts'

/**
 * Asks whether something is really to be done; --yes has answered already, and a dry run does nothing.
 * @throws RangeError when the answer is no, or nobody can be asked.
 */
export async function confirm(call: Call, what: string): Promise<void> {
  requireAnswer(call, what)
  const { terminal, options, isDryRun } = call
  if (options.yes || isDryRun) return
  const answer = await terminal.ask?.(`${what.charAt(0).toUpperCase()}${what.slice(1)}? Only "yes" is taken as yes: `)
  if (answer?.trim() !== 'yes') throw new RangeError(`nothing was done: the answer was not yes`)
}

/** Before the cluster is looked at. @throws RangeError when nobody can be asked, and --yes has not answered. */
export function requireAnswer({ terminal, options, isDryRun }: Call, what: string): void {
  if (!options.yes && !isDryRun && !terminal.ask)
    throw new RangeError(`to ${what}, say --yes as well if that is what you want`)
}
