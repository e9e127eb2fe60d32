import type { Call } from './verb.ts'

/**
 * Asks the operator whether to proceed, except with --yes and in a dry run. `change` describes the change, such as `destroy all
 * data on c0`.
 * @throws RangeError when the answer is not yes, or nobody can be asked.
 */
export async function confirm(call: Call, change: string): Promise<void> {
  requireAnswer(call, change)
  const { terminal, options, isDryRun } = call
  if (options.yes || isDryRun) return
  const answer = await terminal.ask?.(`${change.charAt(0).toUpperCase()}${change.slice(1)}? Type "yes" to proceed: `)
  if (answer?.trim() !== 'yes') throw new RangeError('nothing was changed: the answer was not "yes"')
}

/** Called before the cluster is read. @throws RangeError when nobody can be asked, and --yes was not given. */
export function requireAnswer({ terminal, options, isDryRun }: Call, change: string): void {
  if (!options.yes && !isDryRun && !terminal.ask)
    throw new RangeError(`this would ${change}; pass --yes to proceed (nothing was changed)`)
}
