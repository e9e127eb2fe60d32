import { startPatch, stopPatch } from '../../cloud/cib/cloud-patches.ts'
import type { Cloud } from '../../cloud/cloud.ts'
import { changeCib } from '../clouds/change-cib.ts'
import { waitUntilMounted, waitUntilStopped } from '../clouds/lifecycle.ts'
import { readCib } from '../clouds/read-cib.ts'
import { selectClouds } from '../clouds/select.ts'
import { warnOfUsers } from '../clouds/users.ts'
import type { Call } from '../command/verb.ts'
import { timedWork } from '../command/work.ts'
import { withClusterLock } from '../run/lock.ts'
import { messageOf, runSteps, type Step, type Work } from '../run/steps.ts'

/** vhacs storage --standby */
export async function standbyStorages(call: Call): Promise<void> {
  const { clouds, names, work } = await begin(call)
  await warnOfUsers(work.system, work.print, { clouds })
  await withClusterLock(work, () => runSteps([stopOrder(work, clouds)], work))
  await runSteps([stopWait(work, clouds)], work)
  if (!work.isDryRun) work.print(`${names}: in standby`)
}

/** vhacs storage --active */
export async function activateStorages(call: Call): Promise<void> {
  const { clouds, names, work } = await begin(call)
  // what keeps a cloud from being mounted may take another vhacs to put right: the lock is not kept while that is waited for
  await withClusterLock(work, () => runSteps([startOrder(work, clouds)], work))
  await runSteps([startWait(work, clouds)], work)
  if (!work.isDryRun) work.print(`${names}: mounted`)
}

/** vhacs storage --restart */
export async function restartStorages(call: Call): Promise<void> {
  const { clouds, names, work } = await begin(call)
  const standby = clouds.find(({ state }) => state === 'standby')
  if (standby) throw new RangeError(`${standby.name} is in standby: start it with "vhacs storage --active"`)
  await warnOfUsers(work.system, work.print, { clouds })
  const start = startOrder(work, clouds)
  const stop = { ...stopOrder(work, clouds), undo: () => startedOrNamed(start, clouds) }
  await withClusterLock(work, () => runSteps([stop, stopWait(work, clouds), start], work))
  await runSteps([startWait(work, clouds)], work)
  if (!work.isDryRun) work.print(`${names}: mounted again`)
}

/** A restart that is not finished must not leave a cloud stopped unsaid. */
async function startedOrNamed(start: Step, clouds: readonly Cloud[]): Promise<void> {
  try {
    await start.run()
  } catch (error) {
    const todo = clouds.map(({ name }) => `vhacs storage --active ${name}`).join('; ')
    throw new Error(`${messageOf(error)}; ${namesOf(clouds)}: to be started by "${todo}"`, { cause: error })
  }
}

async function begin(call: Call) {
  const clouds = selectClouds(call.value, (await readCib(call.system)).cluster)
  if (clouds.length === 0) throw new RangeError('there are no storages')
  return { clouds, names: namesOf(clouds), work: timedWork(call) }
}

/** All in one change of the CIB, so that Pacemaker works on them at once. */
function stopOrder({ system }: Work, clouds: readonly Cloud[]): Step {
  return {
    name: `telling the cluster to stop ${namesOf(clouds)}`,
    run: () => changeCib(system, cib => stopPatch(clouds.map(nameOf), cib)),
  }
}

function stopWait({ system, interruption }: Work, clouds: readonly Cloud[]): Step {
  return {
    name: `stopping ${namesOf(clouds)}`,
    waits: true,
    run: () => waitUntilStopped(system, clouds, interruption),
  }
}

function startOrder({ system }: Work, clouds: readonly Cloud[]): Step {
  return {
    name: `telling the cluster to start ${namesOf(clouds)}`,
    run: () => changeCib(system, cib => startPatch(clouds.map(nameOf), cib)),
  }
}

function startWait({ system, interruption }: Work, clouds: readonly Cloud[]): Step {
  return {
    name: `waiting until ${namesOf(clouds)} is mounted`,
    waits: true,
    run: () => waitUntilMounted(system, clouds, interruption),
  }
}

const nameOf = ({ name }: Cloud) => name

function namesOf(clouds: readonly Cloud[]): string {
  return clouds.map(nameOf).join(', ')
}
