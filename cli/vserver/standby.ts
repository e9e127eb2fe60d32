import { vserverStartPatch, vserverStopPatch } from '../../cloud/cib/vservers/patches.ts'
import type { Vserver } from '../../cloud/cloud.ts'
import { changeCib } from '../clouds/change-cib.ts'
import { waitUntilInactive } from '../clouds/lifecycle.ts'
import { readCib } from '../clouds/read-cib.ts'
import type { Call } from '../command/verb.ts'
import { timedWork } from '../command/work.ts'
import { withClusterLock } from '../run/lock.ts'
import { messageOf, runSteps, type Step, type Work } from '../run/steps.ts'
import { knownFailures, partsOf, waitUntilReady } from './parts.ts'
import { selectVservers } from './select.ts'

/** vhacs vserver --standby */
export async function standbyVservers(call: Call): Promise<void> {
  const { vservers, names, work } = await prepare(call)
  await withClusterLock(work, () => runSteps([stopStep(work, vservers)], work))
  await runSteps([stopWaitStep(work, vservers)], work)
  if (!work.isDryRun) work.print(`${names}: in standby`)
}

/** vhacs vserver --active */
export async function activateVservers(call: Call): Promise<void> {
  const { vservers, names, work, standby } = await prepare(call)
  refuseStopped(vservers, standby)
  const earlier = await knownFailures(work.system)
  // without the lock: another vhacs may be needed to repair what keeps a container from starting
  await withClusterLock(work, () => runSteps([startStep(work, vservers)], work))
  await runSteps([readyStep(work, vservers, earlier)], work)
  if (!work.isDryRun) work.print(`${names}: ready`)
}

/** vhacs vserver --restart */
export async function restartVservers(call: Call): Promise<void> {
  const { vservers, names, work, standby } = await prepare(call)
  const stopped = vservers.find(({ state }) => state === 'standby')
  if (stopped)
    throw new RangeError(`${stopped.name} is in standby: start it with "vhacs vserver --active ${stopped.name}"`)
  refuseStopped(vservers, standby)
  const earlier = await knownFailures(work.system)
  const start = startStep(work, vservers)
  const stop = { ...stopStep(work, vservers), undo: () => startAgain(start, vservers) }
  await withClusterLock(work, () => runSteps([stop, stopWaitStep(work, vservers), start], work))
  await runSteps([readyStep(work, vservers, earlier)], work)
  if (!work.isDryRun) work.print(`${names}: ready again`)
}

async function prepare(call: Call) {
  const { cluster } = await readCib(call.system)
  const vservers = selectVservers(call.value, cluster)
  const standby = cluster.clouds.filter(({ state }) => state === 'standby').map(({ name }) => name)
  return { vservers, names: namesOf(vservers), work: timedWork(call), standby }
}

/** @throws RangeError for one whose storage is in standby. */
function refuseStopped(vservers: readonly Vserver[], standby: readonly string[]): void {
  const found = vservers.find(({ cloud }) => standby.includes(cloud))
  if (found)
    throw new RangeError(
      `${found.name} cannot start, because its storage ${found.cloud} is in standby: start that with "vhacs storage --active ${found.cloud}"`,
    )
}

/** An unfinished restart must not leave one stopped without a message. */
async function startAgain(start: Step, vservers: readonly Vserver[]): Promise<void> {
  try {
    await start.run()
  } catch (error) {
    const todo = `vhacs vserver --active ${vservers.map(({ name }) => name).join(',')}`
    throw new Error(`${messageOf(error)}; ${namesOf(vservers)} may be stopped: start with "${todo}"`, { cause: error })
  }
}

function stopStep({ system }: Work, vservers: readonly Vserver[]): Step {
  const names = vservers.map(({ name }) => name)
  return {
    name: `requesting the stop of ${namesOf(vservers)}`,
    run: () => changeCib(system, cib => vserverStopPatch(names, cib)),
  }
}

function stopWaitStep({ system, interruption }: Work, vservers: readonly Vserver[]): Step {
  return {
    name: `stopping ${namesOf(vservers)}`,
    waits: true,
    run: () => waitUntilInactive(system, vservers.flatMap(partsOf), interruption),
  }
}

function startStep({ system }: Work, vservers: readonly Vserver[]): Step {
  const names = vservers.map(({ name }) => name)
  return {
    name: `requesting the start of ${namesOf(vservers)}`,
    run: () => changeCib(system, cib => vserverStartPatch(names, cib)),
  }
}

function readyStep(
  { system, interruption }: Work,
  vservers: readonly Vserver[],
  earlier: Parameters<typeof waitUntilReady>[2]['earlier'],
): Step {
  return {
    name: `waiting until ${namesOf(vservers)} is ready`,
    waits: true,
    run: () => waitUntilReady(system, vservers, { earlier, interruption }),
  }
}

function namesOf(vservers: readonly Vserver[]): string {
  return vservers.map(({ name }) => name).join(', ')
}
