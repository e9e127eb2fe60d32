import { runOn } from '../../system/nodes/ssh.ts'
import { type System, ToolFailed } from '../../system/system.ts'

/** A command that prepares nodes for a takeover, which also succeeds without it if all goes well. */
export interface Preparation {
  readonly words: readonly [string, ...string[]]
  /** What the operator is told about a node on which it failed. */
  note(node: string, reason: string): string
}

/** Runs it on the nodes, one after the other. Returns what went wrong. */
export async function prepareNodes(
  system: System,
  nodes: readonly string[],
  { words, note }: Preparation,
): Promise<string[]> {
  const notes: string[] = []
  for (const node of nodes)
    try {
      await runOn(system, node, words)
    } catch (error) {
      if (!(error instanceof ToolFailed)) throw error
      notes.push(note(node, error.message))
    }
  return notes
}
