import { runOn } from '../../system/nodes/ssh.ts'
import { type Finished, Missing, type System, ToolFailed } from '../../system/system.ts'
import { readCib } from '../clouds/read-cib.ts'
import { expandAmong, hasRanges } from '../command/name-ranges.ts'
import type { Call } from '../command/verb.ts'
import { messageOf } from '../run/steps.ts'
import { readInput } from '../terminal/read-input.ts'
import type { Terminal } from '../terminal/terminal.ts'

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

/** How the command ended on a node. */
interface Outcome {
  readonly node: string
  readonly kind: 'succeeded' | 'failed' | 'interrupted' | 'not started'
  /** Such as `node2 (3)` after a failure. */
  readonly text: string
}

/** Prints each node's output in one piece, when the command has ended there. */
async function prepare({ system, terminal, value, operand, isDryRun }: Call) {
  const { interruption } = terminal
  const script = value === '-' ? await readInput({ system, terminal }, value, 'script') : undefined
  const nodes = await selectNodes(system, operand)
  const run = async (node: string): Promise<Outcome> => {
    if (interruption.aborted) return { node, kind: 'not started', text: node }
    try {
      const finished = await execute(system, node, { command: value, script, signal: interruption })
      if (!isDryRun) printOutput(terminal, node, finished)
      if (finished.status === 0) return { node, kind: 'succeeded', text: node }
      return { node, kind: 'failed', text: `${node} (${finished.status ?? 'killed'})` }
    } catch (error) {
      if (error !== interruption.reason) throw error
      return { node, kind: 'interrupted', text: node }
    }
  }
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

function printOutput(terminal: Terminal, node: string, { stdout, stderr }: Finished): void {
  for (const line of linesOf(stdout)) terminal.print(`${node}: ${line}`)
  for (const line of linesOf(stderr)) terminal.printError(`${node}: ${line}`)
}

/** ssh ends its own messages with CR and LF, as a terminal in raw mode needs. */
function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/)
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines
}

/** @throws Error that names the nodes where the command failed, was interrupted or was not started. */
function refuseFailures(outcomes: readonly Outcome[], interruption: AbortSignal): void {
  const nodesWhere = (kind: Outcome['kind']) =>
    outcomes.flatMap(outcome => (outcome.kind === kind ? outcome.text : [])).join(', ')
  const failed = nodesWhere('failed')
  const interrupted = nodesWhere('interrupted')
  const unstarted = nodesWhere('not started')
  const problems = [
    ...(failed === '' ? [] : [`the command failed on ${failed}`]),
    ...(interrupted + unstarted === '' ? [] : [messageOf(interruption.reason)]),
    // ssh exits without notifying the other side
    ...(interrupted === '' ? [] : [`the command was running on ${interrupted} and may continue there`]),
    ...(unstarted === '' ? [] : [`the command was not started on ${unstarted}`]),
  ]
  if (problems.length > 0) throw new Error(problems.join('; '))
}
