import { createPatch, stopPatch } from '../../../cloud/cib/cloud-patches.ts'
import type { Cloud } from '../../../cloud/cloud.ts'
import { drbdConfig } from '../../../cloud/compose/drbd/config.ts'
import { joinedNames } from '../../../cloud/listed-names.ts'
import { queryCib } from '../../../system/pacemaker/cib/cib.ts'
import { allOf, runSteps, type Step, type Work } from '../../run/steps.ts'
import { applyPatch } from '../change-cib.ts'
import { type NewSecret, writeSecretStep } from '../chap/new-secrets.ts'
import { primitiveIds, removeFromCib, waitUntilForgotten, waitUntilMounted, waitUntilStopped } from '../lifecycle.ts'
import { readCib } from '../read-cib.ts'
import {
  bringUp,
  CREATION_MARK,
  createFilesystem,
  createMetadata,
  createVolume,
  deactivateVolume,
  removeMarkedVolume,
  removeResource,
  takeDown,
} from './backend.ts'
import { type CloudContent, fillSteps } from './fill-steps.ts'
import type { ReplicationFacts } from './replication-ends.ts'
import { writeResourceFile } from './resource-file.ts'
import { newSharedSecret } from './shared-secret.ts'

/** A cloud to be created, with everything that its creation needs. */
export interface CloudToCreate extends ReplicationFacts {
  readonly cloud: Cloud
  readonly sizeBytes: number
  /** The nodes for its CHAP secret, if one is to be generated. */
  readonly secret: NewSecret | undefined
  /** What its file system contains; undefined for an empty one. */
  readonly content: CloudContent | undefined
}

/**
 * Creates a cloud, from the logical volume to the mount. If a step fails, it and all earlier steps are rolled back.
 * @throws StepFailed for a step that failed.
 */
export async function createCloud(work: Work, wanted: CloudToCreate): Promise<void> {
  await runSteps(creationSteps(work, wanted, `${CREATION_MARK}${work.system.now()}`), work)
}

/**
 * Adds a cloud whose data exist on its nodes to the cluster, and removes it again if it cannot be mounted.
 * @throws StepFailed for a step that failed.
 */
export async function adoptCloud(work: Work, cloud: Cloud): Promise<void> {
  await runSteps(clusterSteps(work, cloud), work)
}

function creationSteps(work: Work, wanted: CloudToCreate, mark: string): Step[] {
  const { system } = work
  const { cloud, ends, major, sizeBytes, secret, content } = wanted
  const text = drbdConfig(cloud, { ends, major, secret: newSharedSecret() })
  const [first] = cloud.storageNodes
  const each = <T>(work: (node: string) => Promise<T>) => allOf(cloud.storageNodes.map(work))
  const where = `on ${joinedNames(cloud.storageNodes)}`
  return [
    // first, so that it is undone last: a vhost that has become unreachable must not prevent other undos
    ...(secret ? [writeSecretStep(system, secret)] : []),
    {
      name: `creating the volume ${cloud.volumeGroup}/${cloud.name} ${where}`,
      run: () => each(node => createVolume(system, node, cloud, sizeBytes, mark)),
      undo: () => each(node => removeMarkedVolume(system, node, cloud, mark)),
    },
    {
      name: `configuring DRBD ${where}`,
      run: () => each(node => writeResourceFile(system, node, cloud, text)),
      undo: () => each(node => removeResource(system, node, cloud)),
    },
    { name: `creating DRBD's meta-data ${where}`, run: () => each(node => createMetadata(system, node, cloud)) },
    { name: `connecting DRBD ${where}`, run: () => each(node => bringUp(system, node, cloud)) },
    ...(content
      ? fillSteps(work, cloud, content)
      : [{ name: `creating the file system on ${first}`, run: () => createFilesystem(system, first, cloud) }]),
    {
      name: `handing DRBD and the volume over to the cluster ${where}`,
      run: async () => {
        await each(node => takeDown(system, node, cloud))
        await each(node => deactivateVolume(system, node, cloud))
      },
    },
    ...clusterSteps(work, cloud),
  ]
}

function clusterSteps({ system, interruption }: Work, cloud: Cloud): Step[] {
  return [
    {
      name: 'adding the cloud to the cluster',
      // for the current CIB: the steps before this one take time
      run: async () => applyPatch(system, await queryCib(system), createPatch(cloud)),
      undo: async () => {
        const { text, root, cluster } = await readCib(system)
        // the step may have failed before it changed anything
        if (![...cluster.clouds, ...cluster.incomplete].some(({ name }) => name === cloud.name)) return
        await applyPatch(system, text, stopPatch(cloud.name, root))
        await waitUntilStopped(system, [cloud])
        await removeFromCib(system, cloud)
        await waitUntilForgotten(system, primitiveIds(cloud.name))
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
