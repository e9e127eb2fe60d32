import { parseClusterStatus } from '../cloud/pacemaker/cluster-status.ts'
import { monitorCluster } from '../system/pacemaker/cib/cib.ts'
import { withoutSecrets } from '../system/secret-text.ts'
import { type System, type Tool, ToolFailed, ToolMissing } from '../system/system.ts'
import { visibleText } from '../system/visible-text.ts'

const crmNode: Tool = { name: 'crm_node', package: 'pacemaker' }

/** Pacemaker reports an event before it is in the CIB, which takes a moment. */
const TRIES = 3
const PAUSE_MILLISECONDS = 1000
const QUERY_SECONDS = 4

/**
 * The agent's reason for the failure or degradation of a resource on a node; undefined if the cluster does not say in time. An alert has
 * only the name of the exit status.
 */
export async function reasonOf(
  system: System,
  { resource, node }: { readonly resource: string; readonly node: string },
  signal: AbortSignal,
): Promise<string | undefined> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    await system.sleep(PAUSE_MILLISECONDS, signal)
    const found = (await failures(system)).find(failure => failure.resource === resource && failure.node === node)
    if (found) return visibleText(withoutSecrets(found.reason))
  }
  return undefined
}

async function failures(system: System) {
  try {
    return parseClusterStatus(await monitorCluster(system, { timeoutSeconds: QUERY_SECONDS })).failures
  } catch (error) {
    // the event is reported without a reason
    if (error instanceof Error) return []
    throw error
  }
}

/**
 * Whether this node reports what all nodes see, such as the loss of one: it is the first, by name, of those that are there. If the cluster does
 * not say who is there, it does.
 */
export async function isSpeaker(
  system: System,
  { here, about }: { readonly here: string; readonly about: string },
  signal: AbortSignal,
): Promise<boolean> {
  const text = await outputOf(system, crmNode, ['--partition'], signal)
  const others = (text ?? '').split(/\s+/).filter(name => name !== '' && name !== about)
  return !others.includes(here) || others.sort()[0] === here
}

async function outputOf(
  system: System,
  tool: Tool,
  args: readonly string[],
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const { status, stdout } = await system.run(tool, args, { timeoutSeconds: QUERY_SECONDS, looks: true, signal })
    return status === 0 ? stdout : undefined
  } catch (error) {
    if (error instanceof ToolMissing || error instanceof ToolFailed) return undefined
    throw error
  }
}
