import { rehearsalAttribute } from '../../../cloud/node-attributes.ts'
import { partPlaces } from '../../../cloud/readiness/part.ts'
import { rehearsalPath } from '../../../cloud/rehearsal/constraint.ts'
import { type Rehearsal, rehearsalText } from '../../../cloud/rehearsal/record.ts'
import type { IoWatch } from '../../../system/nodes/disk/io-samples.ts'
import { deleteAt, setNodeAttribute } from '../../../system/pacemaker/cib/cib.ts'
import { activeResources, poll } from '../../clouds/lifecycle.ts'
import { isoTime } from '../../clouds/moves/constraint-end.ts'
import type { Route } from '../../clouds/moves/route.ts'
import { interruptible } from '../../run/interruptible.ts'
import { messageOf, type Work } from '../../run/steps.ts'
import { lookBefore, type ObservedMove, observedMove } from './observed-move.ts'

/**
 * Moves the export of a cloud to the other side and back, and records the result. Whatever happens, its constraint is removed, or
 * expires.
 * @throws RangeError when nothing was changed, Error when the rehearsal has failed or was interrupted.
 */
export async function rehearse(work: Work, route: Route): Promise<void> {
  const { cloud, from, to } = route
  const before = await lookBefore(interruptible(work.system, work.interruption), route)
  const moves: ObservedMove[] = []
  try {
    await withoutRemains(work, route, async () => {
      for (const one of [route, { ...route, from: to, to: from }]) {
        const move = await observedMove(work, one, { before, isReturn: one !== route })
        moves.push(move)
        if (move.watch) work.print(watchText(route, move.watch))
      }
    })
    const problems = moves.flatMap(({ to: node, problems: found }) => found.map(text => `exported by ${node}, ${text}`))
    if (problems.length > 0) throw new Error(`${cloud.name}: ${problems.join('; ')}`)
  } catch (error) {
    if (!work.interruption.aborted) await record(work, route, { reason: messageOf(error), pauseSeconds: undefined })
    throw error
  }
  const [there, back] = moves.map(({ watch }) => watch?.pauseSeconds ?? 0)
  await record(work, route, { reason: undefined, pauseSeconds: [there ?? 0, back ?? 0] })
  if (work.isDryRun) return
  const pauses = `its I/O paused for ${seconds(there)} on the way to ${to}, and for ${seconds(back)} on the way back`
  work.print(`${cloud.name} is exported by ${from} again: ${pauses}; disk and mount are unchanged`)
}

function watchText({ cloud, vhost }: Route, { pauseSeconds, changes }: IoWatch): string {
  const states = changes.map(
    ({ afterSeconds, session, disk }) => `${seconds(afterSeconds)}: session ${session}, disk ${disk}`,
  )
  return `the I/O of ${cloud.name} on ${vhost} paused for ${seconds(pauseSeconds)} (${states.join('; ')})`
}

function seconds(number = 0): string {
  return `${number.toFixed(1)} s`
}

const REMOVE_SECONDS = 60

/** Removes the constraint afterwards, also after a failure, whose message it completes: where the export is, and what is left. */
async function withoutRemains(work: Work, route: Route, act: () => Promise<void>): Promise<void> {
  const { cloud } = route
  try {
    await act()
  } catch (error) {
    const left = await remove(work, cloud.name).then(
      () => undefined,
      (cause: unknown) => leftText(cloud.name, cause),
    )
    const place = await whereabouts(work, route)
    throw new Error([messageOf(error), place, left].filter(part => part !== undefined).join('; '), { cause: error })
  }
  await remove(work, cloud.name).catch((cause: unknown) => {
    throw new Error(leftText(cloud.name, cause), { cause })
  })
}

async function remove({ system, print }: Work, cloud: string): Promise<void> {
  print(`removing the constraint of the rehearsal of ${cloud}`)
  // also after an interruption
  await poll(system, { seconds: REMOVE_SECONDS, interruption: undefined }, async () => {
    await deleteAt(system, rehearsalPath(cloud))
    return undefined
  })
}

function leftText(cloud: string, cause: unknown): string {
  const path = rehearsalPath(cloud)
  return `NOT REMOVED: the constraint of the rehearsal, which expires within ten minutes (${messageOf(cause)}): remove it with cibadmin --delete --xpath "${path}"`
}

/** Where the export is after a failure; undefined where it was before. */
async function whereabouts({ system }: Work, { cloud, from }: Route): Promise<string | undefined> {
  try {
    const { export: node } = partPlaces(cloud, await activeResources(system))
    if (node === from) return undefined
    if (node === undefined)
      return `${cloud.name} is not exported at the moment; see "vhacs storage --info ${cloud.name}"`
    return `${cloud.name} is exported by ${node} now, and stays there`
  } catch (error) {
    return `it is not known which node exports ${cloud.name}: ${messageOf(error)}`
  }
}

async function record(
  { system, print }: Work,
  { cloud, to }: Route,
  result: Pick<Rehearsal, 'reason' | 'pauseSeconds'>,
): Promise<void> {
  const text = rehearsalText({ at: isoTime(system.now()), node: to, ...result })
  const [first] = cloud.storageNodes
  await setNodeAttribute(system, first, rehearsalAttribute(cloud.name), text).catch((error: unknown) =>
    print(`the result could not be recorded: ${messageOf(error)}`),
  )
}
