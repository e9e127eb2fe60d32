import { joinedNames } from '../../../cloud/listed-names.ts'
import { INITIATOR_ATTRIBUTE, rolesIn } from '../../../cloud/node-attributes.ts'
import { queryCib } from '../../../system/pacemaker/cib/cib.ts'
import { refuseAclInterruption, reviewAcls } from '../../clouds/vhosts/acls.ts'
import { rangeNotes } from '../../command/name-ranges.ts'
import type { Call } from '../../command/verb.ts'
import { timedWork } from '../../command/work.ts'
import { interruptible } from '../../run/interruptible.ts'
import { withClusterLock } from '../../run/lock.ts'
import { runSteps } from '../../run/steps.ts'
import { painter } from '../../terminal/table.ts'
import { errorCount, type Finding, findingLines } from '../examine/finding.ts'
import { initiatorIn } from '../findings/setting-findings.ts'
import { joinFindings } from './findings/join-findings.ts'
import { reachFindings } from './findings/reach-findings.ts'
import { type JoinRequest, joinRequest } from './request.ts'
import { examinationsOf, isFencing, readSituation, type Situation } from './situation.ts'
import { joinContext } from './steps/context.ts'
import { joinSteps } from './steps/join-steps.ts'

/**
 * vhacs cluster --join: the nodes join one after another, because each changes how many of them are a majority. All of them are checked
 * before the first joins.
 */
export async function joinNodes(call: Call): Promise<void> {
  const { terminal, isDryRun } = call
  const request = joinRequest(call)
  const work = timedWork(call)
  // fails where Pacemaker does not run, before there is a lock
  await queryCib(call.system)
  await withClusterLock(work, async () => {
    const first = await checkedSituation(call, request)
    for (const line of presentLines(first, request)) terminal.print(line)
    await refuseVhosts(call, first, request)
    for (const [index, name] of first.newcomers.entries()) {
      const situation = index === 0 || isDryRun ? first : await checkedSituation(call, request)
      await runSteps(joinSteps(call, joinContext(work, situation, { name, roles: request.roles })), work)
      if (!isDryRun) terminal.print(outcome(name, request))
    }
    if (!isDryRun && first.newcomers.length > 0 && !isFencing(first))
      terminal.print(painter(terminal)('bad', 'WARNING: NO FENCING: if a node is lost, nothing fails over'))
  })
}

/** About the nodes that are complete members already. */
function presentLines({ newcomers, snapshot }: Situation, { nodes, roles }: JoinRequest): string[] {
  const present = nodes.filter(name => !newcomers.includes(name))
  return present.map(name => {
    const attributes = snapshot.cluster.nodes.find(node => node.name === name)?.attributes ?? {}
    const missing = roles.filter(role => !rolesIn(attributes).includes(role)).join(',')
    const next = missing === '' ? '' : `; give it the missing role with "vhacs node --setrole ${missing} ${name}"`
    return `${name}: already in the cluster; nothing was changed there${next}`
  })
}

function outcome(name: string, { roles }: JoinRequest): string {
  const next = roles.length === 0 ? `; give it roles with "vhacs node --setrole ROLES ${name}"` : ''
  return `${name}: it has joined the cluster${next}; check it with "vhacs cluster --check"`
}

/** @throws Error when a node is unreachable, RangeError when another finding is an error. */
async function checkedSituation(call: Call, request: JoinRequest): Promise<Situation> {
  const { system, terminal, value } = call
  const reading = interruptible(system, terminal.interruption)
  const situation = await readSituation(reading, request)
  if (situation.newcomers.length === 0) return situation
  const found = joinFindings(situation, request)
  const isReadable = situation.unreachable.length === 0 && errorCount(found) === undefined
  const findings: Finding[] = [
    ...situation.unreachable,
    ...found,
    ...(isReadable ? await reachFindings(reading, situation) : []),
  ]
  for (const line of findingLines(findings, painter(terminal))) terminal.print(line)
  const errors = errorCount(findings)
  if (errors === undefined) return situation
  const message = `cannot add ${joinedNames(situation.newcomers)} to the cluster: ${errors} found; nothing was changed`
  if (situation.unreachable.length === 0) throw new RangeError(message)
  // the unreachable host may result from a name that was read as a range
  for (const note of rangeNotes(value)) terminal.print(note)
  throw new Error(message)
}

/** A change of the ACLs restarts the exports. @throws RangeError that names the storages, without --interrupt. */
async function refuseVhosts({ system, options }: Call, situation: Situation, { roles }: JoinRequest): Promise<void> {
  if (!roles.includes('vhost')) return
  const { snapshot, newcomers } = situation
  const nodes = examinationsOf(situation, newcomers).map(examined => ({
    name: examined.node,
    roles: undefined,
    initiator:
      initiatorIn(examined) ??
      snapshot.cluster.nodes.find(({ name }) => name === examined.node)?.attributes[INITIATOR_ATTRIBUTE],
  }))
  refuseAclInterruption(await reviewAcls(system, snapshot, nodes), options)
}
