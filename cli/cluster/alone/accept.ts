import { choicePatch } from '../../../cloud/cib/lost-nodes/data-choice.ts'
import { joinedNames } from '../../../cloud/listed-names.ts'
import { acceptedCall } from '../../../system/drbd/fence-constraint.ts'
import { forcePromotable } from '../../../system/nodes/drbd/force-promotable.ts'
import { generationsOn } from '../../../system/nodes/snapshots/merge.ts'
import { changeCib } from '../../clouds/change-cib.ts'
import { readCib } from '../../clouds/read-cib.ts'
import { selectClouds } from '../../clouds/select.ts'
import { type Call, textOf } from '../../command/verb.ts'
import { runSteps, type Step, type Work } from '../../run/steps.ts'
import { ifAvailable } from '../../run/unavailable.ts'
import { type CloudData, dataOf } from './cloud-data.ts'
import type { AloneFacts } from './facts.ts'
import { markStep, refuseReturned } from './steps.ts'

/** Names of the storages that may be served with data that may be old. @throws RangeError for ALL, and for names of none. */
export function acceptedNames(
  { options }: Pick<Call, 'options'>,
  { snapshot }: Pick<AloneFacts, 'snapshot'>,
): string[] {
  const text = textOf(options, 'accept-old-data')
  if (text === undefined) return []
  if (text === 'ALL')
    throw new RangeError('name each storage whose data may be old: ALL is not accepted (nothing was changed)')
  return selectClouds(text, snapshot.cluster).map(({ name }) => name)
}

/**
 * Has the operator accept data that are not known to be the newest, one cloud at a time, and chooses them in the CIB; DRBD's handler
 * then lets them be promoted. Returns the data of all clouds as they are afterwards.
 */
export async function acceptData(
  call: Call,
  work: Work,
  facts: AloneFacts,
  data: readonly CloudData[],
): Promise<CloudData[]> {
  const accepted = acceptedNames(call, facts)
  const result: CloudData[] = []
  for (const one of data) {
    const isAccepted =
      isDoubtful(one) && (accepted.includes(one.cloud.name) || (await isAnswered(call, work, facts, one)))
    result.push(isAccepted ? await choose(work, facts, one) : one)
  }
  return result
}

function isDoubtful({ verdict }: CloudData): boolean {
  return verdict === 'unsure' || verdict === 'older'
}

async function isAnswered(call: Call, { system }: Work, { lost }: AloneFacts, data: CloudData): Promise<boolean> {
  const { terminal, isDryRun } = call
  if (terminal.ask === undefined || isDryRun) return false
  const { cloud, side = '', why } = data
  const { name } = cloud
  const found = await ifAvailable(generationsOn(system, side, name))
  const role =
    found === undefined ? [] : [`${side} was ${found.wasPrimary ? 'primary' : 'secondary'} for it when it stopped.`]
  const question = [
    `${name}: ${why}.`,
    ...role,
    `If you serve these data, what only ${joinedNames(lost)} has is lost, unless you recover it from there by hand.`,
    `Type "${name}" to serve the data of ${side}, or anything else to leave ${name} as it is: `,
  ]
  return (await terminal.ask(question.join(' '))).trim() === name
}

async function choose(work: Work, facts: AloneFacts, { cloud, side = '' }: CloudData): Promise<CloudData> {
  const { system } = work
  const { name } = cloud
  const snapshot = await readCib(system)
  // the other side may have returned since: an answer takes any time
  await refuseReturned(work, facts)
  const now = await dataOf(system, { ...facts, snapshot }, cloud)
  if (!isDoubtful(now)) return now
  const steps: Step[] = [
    markStep(work, facts),
    {
      name: `choosing the data of ${side} for ${name}`,
      run: () =>
        changeCib(system, cib => choicePatch(cib, { name, node: side, call: acceptedCall(system.now().toString(36)) })),
    },
    // what DRBD knows to be old it promotes only by force
    ...(now.disk === 'Outdated'
      ? [{ name: `making DRBD use the data of ${side} for ${name}`, run: () => forcePromotable(system, side, name) }]
      : []),
  ]
  await runSteps(steps, work)
  return { ...now, verdict: 'newest', why: `you have accepted the data of ${side}` }
}
