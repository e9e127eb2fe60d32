import type { Cloud } from '../../cloud/cloud.ts'
import { startPatch, stopPatch } from '../../cloud/patch.ts'
import { readCib } from '../../cloud/read-cib.ts'
import { applyPatch, queryCib } from '../../system/cluster.ts'
import { runSteps, type Step, type Work } from '../steps.ts'
import type { Call } from '../verbs.ts'
import { timedWork } from '../work.ts'
import { waitUntilMounted, waitUntilStopped } from './running.ts'
import { selectClouds } from './select.ts'

/** vhacs storage --standby */
export async function standbyStorages(call: Call): Promise<void> {
  const { clouds, names, work } = await begin(call)
  await runSteps(stopSteps(work, clouds), work)
  if (!work.isDryRun) work.print(`${names}: in standby`)
}

/** vhacs storage --active */
export async function activateStorages(call: Call): Promise<void> {
  const { clouds, names, work } = await begin(call)
  await runSteps(startSteps(work, clouds), work)
  if (!work.isDryRun) work.print(`${names}: mounted`)
}

/** vhacs storage --restart */
export async function restartStorages(call: Call): Promise<void> {
  const { clouds, names, work } = await begin(call)
  const standby = clouds.find(({ state }) => state === 'standby')
  if (standby) throw new RangeError(`${standby.name} is in standby: start it with "vhacs storage --active"`)
  await runSteps([...stopSteps(work, clouds), ...startSteps(work, clouds)], work)
  if (!work.isDryRun) work.print(`${names}: mounted again`)
}

async function begin(call: Call) {
  const clouds = selectClouds(call.value, readCib(await queryCib(call.system)))
  if (clouds.length === 0) throw new RangeError('there are no storages')
  return { clouds, names: namesOf(clouds), work: timedWork(call) }
}

/** All in one change of the CIB, so that Pacemaker works on them at once. */
function stopSteps({ system, interruption }: Work, clouds: readonly Cloud[]): Step[] {
  const names = clouds.map(({ name }) => name)
  return [
    {
      name: `telling the cluster to stop ${namesOf(clouds)}`,
      run: async () => {
        const cib = await queryCib(system)
        await applyPatch(system, cib, stopPatch(names, cib))
      },
    },
    {
      name: `stopping ${namesOf(clouds)}`,
      waits: true,
      run: () => waitUntilStopped(system, clouds, interruption),
    },
  ]
}

function startSteps({ system, interruption }: Work, clouds: readonly Cloud[]): Step[] {
  const names = clouds.map(({ name }) => name)
  return [
    {
      name: `telling the cluster to start ${namesOf(clouds)}`,
      run: async () => {
        const cib = await queryCib(system)
        await applyPatch(system, cib, startPatch(names, cib))
      },
    },
    {
      name: `waiting until ${namesOf(clouds)} is mounted`,
      waits: true,
      run: () => waitUntilMounted(system, clouds, interruption),
    },
  ]
}

function namesOf(clouds: readonly Cloud[]): string {
  return clouds.map(({ name }) => name).join(', ')
}
