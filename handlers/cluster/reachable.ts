import { descendants, parseXml } from '../../cloud/xml.ts'
import type { System, Tool } from '../../system/system.ts'

const crmadmin: Tool = { name: 'crmadmin', package: 'pacemaker-cli-utils' }

const ANSWER_SECONDS = 5

/**
 * Why a node's controller does not answer; undefined when it does. The cluster delivers all messages in the same order, so a node
 * that answers has received every change of the CIB that was made before the query.
 * @see crmadmin(8), --status
 */
export async function unreachability(system: System, node: string): Promise<string | undefined> {
  const args = [`--status=${node}`, `--timeout=${ANSWER_SECONDS}s`, '--output-as=xml']
  const finished = await system.run(crmadmin, args, { timeoutSeconds: ANSWER_SECONDS + 2, looks: true })
  if (finished.status !== 0) return `${node} does not answer (crmadmin exited with ${finished.status ?? 'a signal'})`
  const answers = descendants(parseXml(finished.stdout), 'crmd')
  const isWell = answers.some(({ attributes }) => attributes.node_name === node && attributes.result === 'ok')
  const said = answers.map(({ attributes }) => attributes.result).join(', ') || 'nothing'
  return isWell ? undefined : `${node} gives no clear answer (crmadmin: ${said})`
}
