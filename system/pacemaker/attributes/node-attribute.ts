import { runToSuccess, type System, type Tool, ToolFailed } from '../../system.ts'

const attrdUpdater: Tool = { name: 'attrd_updater', package: 'pacemaker-cli-utils' }

/** The time that a call may take, and what ends it earlier. */
interface Bounds {
  readonly signal: AbortSignal
  readonly timeoutSeconds: number
}

/** Sets an attribute of this node until it leaves the cluster; undefined deletes it. */
export async function setTransientAttribute(
  system: System,
  [name, value]: readonly [name: string, value: string | undefined],
  bounds: Bounds,
): Promise<void> {
  const change = value === undefined ? ['--delete'] : ['--update', value]
  await runToSuccess(system, attrdUpdater, ['--name', name, ...change], bounds)
}

/** The values that a transient attribute has, by the names of the nodes; Pacemaker has those of the present nodes only. */
export async function transientAttribute(
  system: System,
  name: string,
  bounds: Bounds,
): Promise<ReadonlyMap<string, string>> {
  const finished = await system.run(attrdUpdater, ['--name', name, '--query', '--all'], bounds)
  if (finished.status === 0) return parseAttribute(finished.stdout)
  // its status depends on whether no node ever had the attribute, or none has it now
  if (finished.stderr.includes('attribute does not exist') || finished.status === NO_SUCH_OBJECT) return new Map()
  throw new ToolFailed(finished)
}

/** CRM_EX_NOSUCH. */
const NO_SUCH_OBJECT = 105

/** Lines like `name="a" host="node1" value="b"`, in which Pacemaker escapes special characters. */
function parseAttribute(text: string): Map<string, string> {
  const found = text.split('\n').flatMap((line): [string, string][] => {
    const [, node, value] = /\bhost="([^"]+)" value="([^"]*)"/.exec(line) ?? []
    return node === undefined || value === undefined || value === '' ? [] : [[node, value]]
  })
  return new Map(found)
}
