import { runOn } from '../../system/nodes/ssh.ts'
import { type Finished, Missing, type System, ToolFailed } from '../../system/system.ts'
import { readCib } from '../clouds/read-cib.ts'
import { expandAmong, hasRanges } from '../command/name-ranges.ts'
import type { Call } from '../command/verb.ts'
import { type Outcome, outcomeAt, refuseFailures } from '../terminal/outcomes.ts'
import { readInput } from '../terminal/read-input.ts'

/** An operator's command may take long; Ctrl-C ends the wait for it. */
const TIMEOUT_SECONDS = 24 * 3600

/** vhacs cluster --exec */
export async function execInTurn(call: Call): Promise<void> {
  const { run, nodes } = await prepare(call)
  const outcomes: Outcome[] = []
  for (const node of nodes) outcomes.push(await run(node))
  refuseFailures(outcomes, call.terminal.interruption)
}

/** vhacs cluster --parallel-exec */
export async function execAtOnce(call: Call): Promise<void> {
  const { run, nodes } = await prepare(call)
  refuseFailures(await Promise.all(nodes.map(run)), call.terminal.interruption)
}

/** Prints each node's output in one piece, when the command has ended there. */
async function prepare({ system, terminal, value, operand, isDryRun }: Call) {
  const { interruption } = terminal
  const script = value === '-' ? await readInput({ system, terminal }, value, 'script') : undefined
  const nodes = await selectNodes(system, operand)
  const run = (node: string) =>
    outcomeAt({ terminal, isDryRun }, node, () =>
      execute(system, node, { command: value, script, signal: interruption }),
    )
  return { nodes, run }
}

/** Named nodes need not be in a cluster yet. A text that is both a node's name and a range means the node. */
async function selectNodes(system: System, text = 'ALL'): Promise<string[]> {
  const known = async () => (await readCib(system)).cluster.nodes.map(({ name }) => name)
  if (text === 'ALL') return known()
  return expandAmong(text, hasRanges(text) ? await known().catch(noNodes) : [])
}

/** Without a cluster, no nodes are known. */
function noNodes(error: unknown): string[] {
  if (error instanceof ToolFailed || error instanceof Missing) return []
  throw error
}

interface Execution {
  readonly command: string
  /** Printed in place of the command. */
  readonly script: string | undefined
  readonly signal: AbortSignal
}

/** Runs it in a shell on the node, whatever its exit status. */
async function execute(system: System, node: string, { command, script, signal }: Execution): Promise<Finished> {
  const input = script !== undefined && { input: script }
  const options = { timeoutSeconds: TIMEOUT_SECONDS, signal, asLogin: true, ...input } as const
  try {
    return await runOn(system, node, script === undefined ? ['sh', '-c', command] : ['sh', '-s'], options)
  } catch (error) {
    if (error instanceof ToolFailed) return error.finished
    throw error
  }
}
