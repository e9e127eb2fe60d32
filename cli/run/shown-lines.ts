import { commandText } from '../../system/nodes/ssh.ts'
import { MASK, withoutSecrets } from '../../system/secret-text.ts'
import type { RunOptions, System, Tool } from '../../system/system.ts'

/** The lines of a command's input or output for display, with each secret masked. */
export function shownLines(text: string, { isSecret }: RunOptions = {}): string[] {
  const lines = text.split('\n').filter(Boolean)
  if (isSecret) return lines.map(() => MASK)
  return withoutSecrets(text).split('\n').filter(Boolean)
}

/** A command between two streams or at the terminal, for display. */
export function streamText(
  system: System,
  tool: Tool,
  args: readonly string[],
  { shown }: { readonly shown?: string | undefined },
): string {
  const text = commandText(system, tool, args)
  return shown === undefined ? text : `${text.slice(0, text.indexOf(':'))}: ${shown}`
}
