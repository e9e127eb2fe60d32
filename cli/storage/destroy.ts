import type { Cloud } from '../../cloud/cloud.ts'
import { readCib } from '../../cloud/read-cib.ts'
import { queryCib } from '../../system/cluster.ts'
import type { System } from '../../system/system.ts'
import { allOf, runSteps, type Work } from '../steps.ts'
import { removeBackend, volumesIn } from './backend.ts'
import { forgetCloud, orderStop, waitUntilStopped } from './running.ts'

/**
 * Stops a cloud, removes its data from both storage nodes, and takes it out of the cluster. After a failure it can be
 * called again.
 * @throws RangeError when there is no such cloud, StepFailed when a step failed.
 */
export async function destroyCloud(work: Work, name: string): Promise<void> {
  const { system, interruption } = work
  const cloud = await cloudNamed(system, name)
  const [first, second] = cloud.storageNodes
  await runSteps(
    [
      {
        name: `looking whether ${first} and ${second} answer`,
        run: () => allOf([first, second].map(node => volumesIn(system, node, cloud.volumeGroup))),
      },
      { name: `telling the cluster to stop ${name}`, run: () => orderStop(system, cloud) },
      {
        name: `stopping ${name}`,
        waits: true,
        run: () => waitUntilStopped(system, [cloud], interruption),
      },
      {
        name: `removing its data from ${first} and ${second}`,
        run: () => allOf([first, second].map(node => removeBackend(system, node, cloud))),
      },
      // last: until then the CIB tells a second attempt where the data are
      { name: 'taking it out of the cluster', run: () => forgetCloud(system, cloud) },
    ],
    work,
  )
}

async function cloudNamed(system: System, name: string): Promise<Cloud> {
  const { clouds, incomplete } = readCib(await queryCib(system))
  const found = clouds.find(cloud => cloud.name === name)
  if (found) return found
  const half = incomplete.find(cloud => cloud.name === name)
  if (half) throw new RangeError(`${name} is not as vhacs made it (${half.why}): remove it by hand`)
  const names = clouds.map(cloud => cloud.name).join(', ')
  throw new RangeError(`there is no cloud ${name}; there is ${names || 'none at all'}`)
}
