import { readCib } from '../../cloud/read-cib.ts'
import { queryCib } from '../../system/cluster.ts'
import { runOn } from '../../system/remote.ts'
import { type Finished, Missing, type System, ToolFailed } from '../../system/system.ts'
import { expandAmong, hasRanges } from '../ranges.ts'
import type { Terminal } from '../terminal.ts'
import type { Call } from '../verbs.ts'

/** An operator's command may take its time; Ctrl-C ends the wait for the next node. */
const PATIENCE_SECONDS = 24 * 3600

/** vhacs cluster --exec */
export async function execInTurn(call: Call): Promise<void> {
  const { run, nodes } = await prepare(call)
  const failed: string[] = []
  for (const node of nodes) {
    call.terminal.interruption.throwIfAborted()
    failed.push(...(await run(node)))
  }
  refuse(failed)
}

/** vhacs cluster --parallel-exec */
export async function execAtOnce(call: Call): Promise<void> {
  const { run, nodes } = await prepare(call)
  refuse((await Promise.all(nodes.map(run))).flat())
}

async function prepare({ system, terminal, value, operand, isDryRun }: Call) {
  const script = value === '-' ? await terminal.readInput() : undefined
  const nodes = await selectNodes(system, operand)
  const run = async (node: string): Promise<string[]> => {
    const finished = await finish(system, node, value, script)
    if (!isDryRun) say(terminal, node, finished)
    return finished.status === 0 ? [] : [`${node} (${finished.status ?? 'killed'})`]
  }
  return { nodes, run }
}

/** Nodes that are named need not be in a cluster yet; but one that is there is meant, rather than a range. */
async function selectNodes(system: System, text = 'ALL'): Promise<string[]> {
  const known = async () => readCib(await queryCib(system)).nodes.map(({ name }) => name)
  if (text === 'ALL') return known()
  return expandAmong(text, hasRanges(text) ? await known().catch(nowhere) : [])
}

/** Without a cluster no node is known. */
function nowhere(error: unknown): string[] {
  if (error instanceof ToolFailed || error instanceof Missing) return []
  throw error
}

/** Runs it in the shell of the node, whatever its exit status. */
async function finish(system: System, node: string, command: string, script: string | undefined): Promise<Finished> {
  const options = { timeoutSeconds: PATIENCE_SECONDS, ...(script !== undefined && { input: script }) }
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

function refuse(failed: readonly string[]): void {
  if (failed.length > 0) throw new Error(`it failed on ${failed.join(', ')}`)
}
