import type { System } from '../../../system/system.ts'
import { confirm } from '../../command/confirm.ts'
import { rangeNotes } from '../../command/name-ranges.ts'
import type { Call } from '../../command/verb.ts'
import { timedWork } from '../../command/work.ts'
import { interruptible } from '../../run/interruptible.ts'
import { runSteps } from '../../run/steps.ts'
import { painter } from '../../terminal/table.ts'
import type { Examination } from '../examine/examination.ts'
import { examineAll } from '../examine/examine-all.ts'
import { type Finding, findingLines } from '../examine/finding.ts'
import { initFindings, type Seen } from './findings/init-findings.ts'
import { fencingAdvice } from './findings/sbd-findings.ts'
import { type LinkEnd, linkEnds } from './input/links.ts'
import { questions, standingOf, unreachedFrom } from './input/probe.ts'
import { type InitRequest, initRequest } from './input/request.ts'
import { withNodeLock } from './node-lock.ts'
import { isBlank } from './steps/files.ts'
import { initSteps } from './steps/init-steps.ts'

/** vhacs cluster --init */
export async function initCluster(call: Call): Promise<void> {
  const { terminal, isDryRun } = call
  const request = initRequest(call)
  const { seen, unreachable } = await look(interruptible(call.system, terminal.interruption), request)
  const known = unreachable.length === 0 ? clusterOf(seen.examinations, request) : undefined
  if (known !== undefined)
    return terminal.print(`${request.nodes.join(', ')}: the cluster ${known} already; nothing was changed`)
  refuse(call, unreachable, initFindings(seen, request))
  if (request.fencing.by === 'disk' && isBlank(seen))
    await confirm(call, `lose whatever is on ${request.fencing.device}`)
  const work = timedWork(call)
  await withNodeLock(work, seen.examinations, () => runSteps(initSteps(work, seen, request), work))
  if (!isDryRun) for (const line of outcome(call, seen, request)) terminal.print(line)
}

async function look(system: System, request: InitRequest): Promise<{ seen: Seen; unreachable: readonly Finding[] }> {
  const { examinations, unreachable } = await examineAll(system, request.nodes, questions(request))
  const ends = new Map(examinations.flatMap(examined => endsOf(examined)))
  const reached = examinations.map(async ({ node }) => [node, await unreachedFrom(system, node, ends)] as const)
  return { seen: { examinations, ends, unreached: new Map(await Promise.all(reached)) }, unreachable }
}

/** Settings that cannot be read are a finding of their own. */
function endsOf(examined: Examination): [string, LinkEnd[]][] {
  try {
    return [[examined.node, linkEnds(examined)]]
  } catch (error) {
    if (error instanceof RangeError) return []
    throw error
  }
}

/** The cluster that these nodes, and no others, are at work in already. */
function clusterOf(examinations: readonly Examination[], { nodes }: InitRequest): string | undefined {
  const standings = examinations.map(standingOf)
  const isOne = new Set(examinations.map(({ sections }) => sections.get('ring'))).size === 1
  const isWhole = standings.every(({ cluster, active }) => {
    const members = cluster?.nodes.map(({ name }) => name) ?? []
    return (
      nodes.length === members.length &&
      nodes.every(name => members.includes(name)) &&
      active.includes('corosync') &&
      active.includes('pacemaker')
    )
  })
  return isOne && isWhole ? standings[0]?.cluster?.clusterName : undefined
}

/** @throws Error when a node says nothing, RangeError when one says what forbids it. */
function refuse({ terminal, value }: Call, unreachable: readonly Finding[], said: readonly Finding[]): void {
  const findings = [...unreachable, ...said]
  for (const line of findingLines(findings, painter(terminal))) terminal.print(line)
  const errors = findings.filter(({ severity }) => severity === 'error').length
  if (errors === 0) return
  const words = `${errors === 1 ? 'an error forbids' : `${errors} errors forbid`} to form a cluster; nothing was changed`
  if (unreachable.length === 0) throw new RangeError(words)
  // a host that is called like a range has perhaps not been asked
  for (const note of rangeNotes(value)) terminal.print(note)
  throw new Error(words)
}

function outcome({ terminal }: Call, { examinations }: Seen, { nodes, clusterName, fencing }: InitRequest): string[] {
  const paint = painter(terminal)
  const formed = `${nodes.join(', ')}: the cluster ${clusterName} is formed; "vhacs cluster --check" says what is still missing`
  if (fencing.by !== 'nothing') return [formed]
  return [
    formed,
    paint('bad', 'WARNING: THERE IS NO FENCING: after the loss of a node, nothing is taken over'),
    ...fencingAdvice(examinations).map(line => `    ${line}`),
  ]
}
