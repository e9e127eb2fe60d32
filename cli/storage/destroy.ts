import type { Cloud } from '../../cloud/cloud.ts'
import { allOf, runSteps, type Work } from '../steps.ts'
import { removeBackend, volumesIn } from './backend.ts'
import { forgetCloud, orderStop, waitUntilStopped } from './running.ts'

/**
 * Stops a cloud, removes its data from both storage nodes, and takes it out of the cluster. After a failure it can be
 * called again.
 * @throws StepFailed when a step failed.
 */
export async function destroyCloud(work: Work, cloud: Cloud): Promise<void> {
  const { system, interruption } = work
  const { name } = cloud
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
