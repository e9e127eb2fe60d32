import type { Cluster } from '../../../cloud/cib/read/cluster.ts'
import { vserverNames } from '../../../cloud/cib/read/vservers.ts'
import type { Cloud } from '../../../cloud/cloud.ts'
import type { Interruption } from '../../../cloud/history/interruption.ts'
import { interruptionsIn } from '../../../cloud/history/interruptions.ts'
import { oneAccount } from '../../../cloud/history/one-account.ts'
import type { Tracked } from '../../../cloud/history/parts.ts'
import { readCib } from '../../clouds/read-cib.ts'
import { selectClouds } from '../../clouds/select.ts'
import type { Call } from '../../command/verb.ts'
import { show } from '../../state/show.ts'
import { examineAll } from '../examine/examine-all.ts'
import { clockFindings } from '../findings/clock-findings.ts'
import { historyObject } from './history-object.ts'
import { interruptionLines, localTime } from './interruption-lines.ts'
import { LOGS } from './log-script.ts'
import { type AskedNode, nodeLog } from './node-log.ts'

/** vhacs cluster --history */
export async function showHistory(call: Call): Promise<void> {
  const { system, value } = call
  const { cluster } = await readCib(system)
  const clouds = selectClouds(value === '' ? 'ALL' : value, cluster)
  const names = cluster.nodes.map(({ name }) => name)
  const { examinations, unreachable } = await examineAll(system, { text: LOGS, names })
  const logs = examinations.map(examined => ({ ...examined, ...nodeLog(examined) }))
  const nodes: readonly AskedNode[] = names.map(node => {
    const { begin, problem, clockLeadSeconds } = logs.find(log => log.node === node) ?? {}
    const why = problem ?? unreachable.find(finding => finding.node === node)?.what
    return { node, begin, clockLeadSeconds, problem: why }
  })
  const found = interruptionsIn(oneAccount(logs.map(({ events }) => events)), withVservers(clouds, cluster))
  show(call, historyObject(found, nodes), () => [
    ...historyLines(
      found,
      clouds.map(({ name }) => name),
    ),
    ...nodeLines(nodes),
    ...clockFindings(examinations).map(({ node, what }) => `${node}: ${what}, and so are the times of its log`),
  ])
  if (logs.every(({ begin }) => begin === undefined)) throw new Error('no node has a log of Pacemaker that can be read')
}

/** The clouds, each followed by its vservers. */
function withVservers(clouds: readonly Cloud[], { vservers }: Cluster): Tracked[] {
  return clouds.flatMap(cloud => [cloud, ...vserverNames(vservers, cloud.name).map(vserver => ({ ...cloud, vserver }))])
}

function historyLines(found: readonly Interruption[], clouds: readonly string[]): string[] {
  if (clouds.length === 0) return ['there are no storages']
  if (found.length === 0) return [`the logs tell of no failover or move of ${clouds.join(', ')}`]
  return found.flatMap(interruptionLines)
}

function nodeLines(nodes: readonly AskedNode[]): string[] {
  return nodes.map(({ node, begin, problem }) =>
    problem === undefined && begin !== undefined
      ? `${node}: its log begins at ${localTime(begin).slice(0, -4)}`
      : `${node}: ${problem}`,
  )
}
