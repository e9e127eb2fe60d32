import { patchText } from '../../../cloud/cib/patch.ts'
import {
  vserverCreations,
  vserverRemovals,
  vserverStartPatch,
  vserverStopPatch,
} from '../../../cloud/cib/vservers/patches.ts'
import type { Cloud, Vserver } from '../../../cloud/cloud.ts'
import { resourceIds } from '../../../cloud/ids.ts'
import type { Failure } from '../../../cloud/pacemaker/cluster-status.ts'
import { waitUntilIdle } from '../../../system/pacemaker/cib/cib.ts'
import { changeCib } from '../../clouds/change-cib.ts'
import { waitUntilForgotten, waitUntilInactive, waitUntilMounted } from '../../clouds/lifecycle.ts'
import { readCib } from '../../clouds/read-cib.ts'
import type { Step, Work } from '../../run/steps.ts'
import { knownFailures, partsOf, waitUntilReady } from '../parts.ts'
import type { PlannedVserver } from './plan.ts'
import { obstacleTo, type Remount, remountChanges, remountNote } from './remount.ts'

/** The storage of a new vserver. */
export interface Target {
  readonly cloud: Cloud
  /** In the change of the CIB that adds the vserver. */
  readonly remount: Remount | undefined
}

/** Adds a vserver to the cluster, and waits until it is ready. */
export function addSteps(work: Work, { vserver }: PlannedVserver, { cloud, remount }: Target): Step[] {
  const { system, interruption } = work
  let earlier: readonly Failure[] = []
  const run = async () => {
    if (remount) {
      earlier = await knownFailures(system)
      // it may have got users while the image was unpacked
      await remountNote(system, remount, [vserver.name])
    }
    const changes = vserverCreations(vserver, cloud)
    await changeCib(system, cib => patchText([...(remount ? remountChanges(cib, remount) : []), ...changes]))
  }
  const below = remount ? [resourceIds(cloud.name).filesystem] : []
  return [
    {
      name: `adding ${vserver.name} to the cluster${remount ? `, and mounting ${cloud.name} without nosuid` : ''}`,
      run,
      undo: () => remove(work, vserver, remount),
    },
    {
      name: `waiting until ${vserver.name} is ready`,
      waits: true,
      run: () => waitUntilReady(system, [vserver], { earlier, interruption, below }),
    },
  ]
}

/** Waits for a vserver that a killed creation has added. The undoing of that may have stopped it. */
export function resumeSteps({ system, interruption }: Work, { vserver }: PlannedVserver): Step[] {
  const { name, state } = vserver
  const start = () => changeCib(system, cib => vserverStartPatch([name], cib))
  return [
    ...(state === 'standby' ? [{ name: `requesting the start of ${name}`, run: start }] : []),
    {
      name: `waiting until ${name} is ready`,
      waits: true,
      run: () => waitUntilReady(system, [vserver], { earlier: [], interruption }),
    },
  ]
}

async function remove(work: Work, vserver: Vserver, remount: Remount | undefined): Promise<void> {
  const { system } = work
  const { complete, incomplete } = (await readCib(system)).cluster.vservers
  // the step may have failed before it changed anything
  if (![...complete, ...incomplete].some(({ name }) => name === vserver.name)) return
  await changeCib(system, cib => vserverStopPatch([vserver.name], cib))
  await waitUntilInactive(system, partsOf(vserver))
  const back = remount && (await wayBack(work, remount))
  await changeCib(system, cib =>
    patchText([...vserverRemovals(vserver.name, cib), ...(back ? remountChanges(cib, back) : [])]),
  )
  await waitUntilForgotten(system, partsOf(vserver))
  if (back === undefined) return
  // the unpacked tree is removed next
  await waitUntilIdle(system)
  await waitUntilMounted(system, [back.after])
}

/** A remount with the earlier options; undefined where somebody would notice it, or has changed them since. */
async function wayBack({ system, print }: Work, { before, after }: Remount) {
  const { clouds } = (await readCib(system)).cluster
  const now = clouds.find(({ name }) => name === after.name)
  if (now?.mountOptions !== after.mountOptions) return undefined
  const back = { before: now, after: { ...now, mountOptions: before.mountOptions } }
  const obstacle = await obstacleTo(system, back)
  if (obstacle === undefined) return back
  print(`WARNING: ${after.name} stays mounted without nosuid, because ${obstacle.why}`)
  return undefined
}
