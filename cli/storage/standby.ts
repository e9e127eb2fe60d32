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
import { refuseUnready } from './refuse-unready.ts'

/** vhacs storage --standby */
export async function standbyStorages(call: Call): Promise<void> {
  const { clouds, names, work, snapshot } = await prepare(call)
  await warnOfUsers(work.system, work.print, { clouds, vservers: snapshot.cluster.vservers })
  await withClusterLock(work, () => runSteps([stopStep(work, clouds)], work))
  await runSteps([stopWaitStep(work, clouds)], work)
  if (!work.isDryRun) work.print(`${names}: in standby`)
}

/** vhacs storage --active */
export async function activateStorages(call: Call): Promise<void> {
  const { clouds, names, work } = await prepare(call)
  // without the lock: another vhacs may be needed to repair what keeps a cloud from being mounted
  await withClusterLock(work, () => runSteps([startStep(work, clouds)], work))
  await runSteps([startWaitStep(work, clouds)], work)
  if (!work.isDryRun) work.print(`${names}: mounted`)
}

/** vhacs storage --restart */
export async function restartStorages(call: Call): Promise<void> {
  const { clouds, names, work, snapshot } = await prepare(call)
  const standby = clouds.find(({ state }) => state === 'standby')
  if (standby)
    throw new RangeError(`${standby.name} is in standby: start it with "vhacs storage --active ${standby.name}"`)
  const active = await refuseUnready(work.system, snapshot, clouds)
  await warnOfUsers(work.system, work.print, { clouds, vservers: snapshot.cluster.vservers, active })
  const start = startStep(work, clouds)
  const stop = { ...stopStep(work, clouds), undo: () => startAgain(start, clouds) }
  await withClusterLock(work, () => runSteps([stop, stopWaitStep(work, clouds), start], work))
  await runSteps([startWaitStep(work, clouds)], work)
  if (!work.isDryRun) work.print(`${names}: mounted again`)
}

/** An unfinished restart must not leave a cloud stopped without a message. */
async function startAgain(start: Step, clouds: readonly Cloud[]): Promise<void> {
  try {
    await start.run()
  } catch (error) {
    const todo = clouds.map(({ name }) => `vhacs storage --active ${name}`).join('; ')
    throw new Error(`${messageOf(error)}; ${namesOf(clouds)} may be stopped: start with "${todo}"`, { cause: error })
  }
}

async function prepare(call: Call) {
  const snapshot = await readCib(call.system)
  const clouds = selectClouds(call.value, snapshot.cluster)
  if (clouds.length === 0) throw new RangeError('there are no storages')
  return { clouds, names: namesOf(clouds), work: timedWork(call), snapshot }
}

/** All in one change of the CIB, so that Pacemaker works on them at once. */
function stopStep({ system }: Work, clouds: readonly Cloud[]): Step {
  return {
    name: `requesting the stop of ${namesOf(clouds)}`,
    run: () => changeCib(system, cib => stopPatch(clouds.map(nameOf), cib)),
  }
}

function stopWaitStep({ system, interruption }: Work, clouds: readonly Cloud[]): Step {
  return {
    name: `stopping ${namesOf(clouds)}`,
    waits: true,
    run: () => waitUntilStopped(system, clouds, interruption),
  }
}

function startStep({ system }: Work, clouds: readonly Cloud[]): Step {
  return {
    name: `requesting the start of ${namesOf(clouds)}`,
    run: () => changeCib(system, cib => startPatch(clouds.map(nameOf), cib)),
  }
}

function startWaitStep({ system, interruption }: Work, clouds: readonly Cloud[]): Step {
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
