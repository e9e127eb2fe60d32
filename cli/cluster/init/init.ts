import { confirm } from '../../command/confirm.ts'
import { rangeNotes } from '../../command/name-ranges.ts'
import type { Call } from '../../command/verb.ts'
import { timedWork } from '../../command/work.ts'
import { interruptible } from '../../run/interruptible.ts'
import { runSteps } from '../../run/steps.ts'
import { painter } from '../../terminal/table.ts'
import type { Examination } from '../examine/examination.ts'
import { isBlank } from '../examine/fencing/sbd-header.ts'
import { errorCount, type Finding, findingLines } from '../examine/finding.ts'
import { fencingAdvice } from './findings/fencing-advice.ts'
import { initFindings } from './findings/init-findings.ts'
import { corosyncConfIn, membershipOf } from './input/membership.ts'
import { type Probe, probeNodes } from './input/probe.ts'
import { type InitRequest, initRequest } from './input/request.ts'
import { withNodeLock } from './node-lock.ts'
import { initSteps } from './steps/init-steps.ts'

/** vhacs cluster --init */
export async function initCluster(call: Call): Promise<void> {
  const { system, terminal, isDryRun } = call
  const request = initRequest(call)
  const { probe, unreachable } = await probeNodes(interruptible(system, terminal.interruption), request)
  const existing = unreachable.length === 0 ? existingCluster(probe.examinations, request) : undefined
  if (existing !== undefined)
    return terminal.print(`${request.nodes.join(', ')}: already in the cluster ${existing}; nothing was changed`)
  refuseErrors(call, unreachable, initFindings(probe, request))
  if (request.fencing.by === 'disk' && isBlank(probe.examinations))
    await confirm(call, `lose all data on ${request.fencing.device}`)
  const work = timedWork(call)
  await withNodeLock(work, probe.examinations, () => runSteps(initSteps(work, probe, request), work))
  if (!isDryRun) for (const line of outcome(call, probe, request)) terminal.print(line)
}

/** The name of the running cluster of these nodes, and no others. */
function existingCluster(examinations: readonly Examination[], { nodes }: InitRequest): string | undefined {
  const memberships = examinations.map(membershipOf)
  const isOne = new Set(examinations.map(corosyncConfIn)).size === 1
  const isWhole = memberships.every(({ cluster, active }) => {
    const members = cluster?.nodes.map(({ name }) => name) ?? []
    return (
      nodes.length === members.length &&
      nodes.every(name => members.includes(name)) &&
      active.includes('corosync') &&
      active.includes('pacemaker')
    )
  })
  return isOne && isWhole ? memberships[0]?.cluster?.clusterName : undefined
}

/**
 * Prints the findings.
 * @throws Error when a node is unreachable, RangeError when another finding is an error.
 */
function refuseErrors({ terminal, value }: Call, unreachable: readonly Finding[], others: readonly Finding[]): void {
  const findings = [...unreachable, ...others]
  for (const line of findingLines(findings, painter(terminal))) terminal.print(line)
  const errors = errorCount(findings)
  if (errors === undefined) return
  const message = `cannot form the cluster: ${errors} found; nothing was changed`
  if (unreachable.length === 0) throw new RangeError(message)
  // the unreachable host may result from a name that was read as a range
  for (const note of rangeNotes(value)) terminal.print(note)
  throw new Error(message)
}

function outcome({ terminal }: Call, { examinations }: Probe, { nodes, clusterName, fencing }: InitRequest): string[] {
  const paint = painter(terminal)
  const formed = `${nodes.join(', ')}: the cluster ${clusterName} is formed; check it with "vhacs cluster --check"`
  if (fencing.by !== 'nothing') return [formed]
  return [
    formed,
    paint('bad', 'WARNING: NO FENCING: if a node is lost, nothing fails over'),
    ...fencingAdvice(examinations).map(line => `    ${line}`),
  ]
}
