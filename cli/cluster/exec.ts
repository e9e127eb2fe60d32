import { runOn } from '../../system/nodes/ssh.ts'
import { type Finished, Missing, type System, ToolFailed } from '../../system/system.ts'
import { readCib } from '../clouds/read-cib.ts'
import { expandAmong, hasRanges } from '../command/name-ranges.ts'
import type { Call } from '../command/verb.ts'
import { messageOf } from '../run/steps.ts'
import type { Terminal } from '../terminal/terminal.ts'

/** An operator's command may take its time; Ctrl-C ends it. */
const PATIENCE_SECONDS = 24 * 3600

/** vhacs cluster --exec */
export async function execInTurn(call: Call): Promise<void> {
  const { run, nodes } = await prepare(call)
  const outcomes: Outcome[] = []
  for (const node of nodes) outcomes.push(await run(node))
  refuse(outcomes, call.terminal.interruption)
}

/** vhacs cluster --parallel-exec */
export async function execAtOnce(call: Call): Promise<void> {
  const { run, nodes } = await prepare(call)
  refuse(await Promise.all(nodes.map(run)), call.terminal.interruption)
}

/** What became of the command on a node. */
interface Outcome {
  readonly node: string
  readonly kind: 'ended well' | 'failed' | 'was interrupted' | 'was not begun'
  /** Such as `node2 (3)` when it failed. */
  readonly text: string
}

/** Each node's output is printed in one piece, when the command has ended there. */
async function prepare({ system, terminal, value, operand, isDryRun }: Call) {
  const { interruption } = terminal
  const script = value === '-' ? await terminal.readInput() : undefined
  const nodes = await selectNodes(system, operand)
  const run = async (node: string): Promise<Outcome> => {
    if (interruption.aborted) return { node, kind: 'was not begun', text: node }
    try {
      const finished = await finish(system, node, { command: value, script, signal: interruption })
      if (!isDryRun) say(terminal, node, finished)
      if (finished.status === 0) return { node, kind: 'ended well', text: node }
      return { node, kind: 'failed', text: `${node} (${finished.status ?? 'killed'})` }
    } catch (error) {
      if (error !== interruption.reason) throw error
      return { node, kind: 'was interrupted', text: node }
    }
  }
  return { nodes, run }
}

/** Nodes that are named need not be in a cluster yet; but one that is there is meant, rather than a range. */
async function selectNodes(system: System, text = 'ALL'): Promise<string[]> {
  const known = async () => (await readCib(system)).cluster.nodes.map(({ name }) => name)
  if (text === 'ALL') return known()
  return expandAmong(text, hasRanges(text) ? await known().catch(nowhere) : [])
}

/** Without a cluster no node is known. */
function nowhere(error: unknown): string[] {
  if (error instanceof ToolFailed || error instanceof Missing) return []
  throw error
}

interface Order {
  readonly command: string
  /** In place of the command. */
  readonly script: string | undefined
  readonly signal: AbortSignal
}

/** Runs it in the shell of the node, whatever its exit status. */
async function finish(system: System, node: string, { command, script, signal }: Order): Promise<Finished> {
  const input = script !== undefined && { input: script }
  const options = { timeoutSeconds: PATIENCE_SECONDS, signal, asLogin: true, ...input } as const
  try {
    return await runOn(system, node, script === undefined ? ['sh', '-c', command] : ['sh', '-s'], options)
  } catch (error) {
    if (error instanceof ToolFailed) return error.finished
    throw error
  }
}

function say(terminal: Terminal, node: string, { stdout, stderr }: Finished): void {
  for (const line of linesOf(stdout)) terminal.print(`${node}: ${line}`)
  for (const line of linesOf(stderr)) terminal.printError(`${node}: ${line}`)
}

function linesOf(text: string): string[] {
  const lines = text.split('\n')
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines
}

/** @throws Error that says on which nodes it failed, and where an interruption found it. */
function refuse(outcomes: readonly Outcome[], interruption: AbortSignal): void {
  const nodesWhere = (kind: Outcome['kind']) =>
    outcomes.flatMap(outcome => (outcome.kind === kind ? outcome.text : [])).join(', ')
  const [failed, cut, left] = [nodesWhere('failed'), nodesWhere('was interrupted'), nodesWhere('was not begun')]
  const problems = [
    ...(failed === '' ? [] : [`it failed on ${failed}`]),
    ...(cut + left === '' ? [] : [messageOf(interruption.reason)]),
    // ssh ends without telling the other side
    ...(cut === '' ? [] : [`it was under way on ${cut}, and may go on there`]),
    ...(left === '' ? [] : [`it was not begun on ${left}`]),
  ]
  if (problems.length > 0) throw new Error(problems.join('; '))
}
