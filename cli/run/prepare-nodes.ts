import { ToolFailed } from '../../system/system.ts'

/** What prepares a node for a takeover, which also succeeds without it if all goes well. */
export interface Preparation {
  /** @throws ToolFailed for what the operator is told. */
  run(node: string): Promise<unknown>
  /** What the operator is told about a node on which it failed. */
  note(node: string, reason: string): string
}

/** Runs it for the nodes, one after the other. Returns what went wrong. */
export async function prepareNodes(nodes: readonly string[], { run, note }: Preparation): Promise<string[]> {
  const notes: string[] = []
  for (const node of nodes)
    try {
      await run(node)
    } catch (error) {
      if (!(error instanceof ToolFailed)) throw error
      notes.push(note(node, error.message))
    }
  return notes
}
