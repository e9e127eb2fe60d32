import { createPatch, stopPatch } from '../../../cloud/cib/cloud-patches.ts'
import type { Cloud } from '../../../cloud/cloud.ts'
import { drbdConfig, type ReplicationEnd } from '../../../cloud/compose/drbd-config.ts'
import { applyPatch, queryCib } from '../../../system/pacemaker/cib.ts'
import { allOf, runSteps, type Step, type Work } from '../../run/steps.ts'
import { forgetCloud, waitUntilMounted, waitUntilStopped } from '../lifecycle.ts'
import { readCib } from '../read-cib.ts'
import {
  bringUp,
  CREATION_MARK,
  deactivateVolume,
  makeFilesystem,
  makeMetadata,
  makeVolume,
  removeMarkedVolume,
  removeResource,
  takeDown,
  writeResourceFile,
} from './backend.ts'

/** A cloud that has been given all it needs. */
export interface CreationPlan {
  readonly cloud: Cloud
  readonly ends: readonly ReplicationEnd[]
}

/**
 * Makes a cloud from nothing to mounted, as it was planned. A step that fails is undone with those before it.
 * @throws StepFailed for a step that failed.
 */
export async function createCloud(work: Work, { cloud, ends }: CreationPlan, sizeBytes: number): Promise<void> {
  const mark = `${CREATION_MARK}${work.system.now()}`
  await runSteps(stepsFor(work, { cloud, ends, mark, sizeBytes }), work)
}

/**
 * Puts a cloud into the cluster whose data are on its nodes already, and undoes it when it cannot be mounted.
 * @throws StepFailed for a step that failed.
 */
export async function attachCloud(work: Work, cloud: Cloud): Promise<void> {
  await runSteps(stepsInCluster(work, cloud), work)
}

interface Undertaking {
  readonly cloud: Cloud
  readonly ends: readonly ReplicationEnd[]
  readonly mark: string
  readonly sizeBytes: number
}

function stepsFor(work: Work, { cloud, ends, mark, sizeBytes }: Undertaking): Step[] {
  const { system } = work
  const [first, second] = cloud.storageNodes
  const both = <T>(work: (node: string) => Promise<T>) => allOf([work(first), work(second)])
  const where = `on ${first} and ${second}`
  return [
    {
      name: `making the volume ${cloud.volumeGroup}/${cloud.name} ${where}`,
      run: () => both(node => makeVolume(system, node, cloud, sizeBytes, mark)),
      undo: () => both(node => removeMarkedVolume(system, node, cloud, mark)),
    },
    {
      name: `configuring DRBD ${where}`,
      run: () => both(node => writeResourceFile(system, node, cloud, drbdConfig(cloud, ends))),
      undo: () => both(node => removeResource(system, node, cloud)),
    },
    { name: `making DRBD's meta-data ${where}`, run: () => both(node => makeMetadata(system, node, cloud)) },
    { name: `connecting DRBD ${where}`, run: () => both(node => bringUp(system, node, cloud)) },
    { name: `making the file system on ${first}`, run: () => makeFilesystem(system, first, cloud) },
    {
      name: `handing the cloud over ${where}`,
      run: async () => {
        await both(node => takeDown(system, node, cloud))
        await both(node => deactivateVolume(system, node, cloud))
      },
    },
    ...stepsInCluster(work, cloud),
  ]
}

function stepsInCluster({ system, interruption }: Work, cloud: Cloud): Step[] {
  return [
    {
      name: 'putting the cloud into the cluster',
      // tried on the CIB as it is by now: the volume and DRBD have taken their time
      run: async () => applyPatch(system, await queryCib(system), createPatch(cloud)),
      undo: async () => {
        const { text, root, cluster } = await readCib(system)
        // a step that failed may have changed nothing
        if (![...cluster.clouds, ...cluster.incomplete].some(({ name }) => name === cloud.name)) return
        await applyPatch(system, text, stopPatch(cloud.name, root))
        await waitUntilStopped(system, [cloud])
        await forgetCloud(system, cloud)
      },
    },
    ...(cloud.state === 'standby'
      ? []
      : [
          {
            name: `waiting until ${cloud.directory} is mounted`,
            waits: true as const,
            run: () => waitUntilMounted(system, [cloud], interruption),
          },
        ]),
  ]
}
