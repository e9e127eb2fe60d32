import { generatedSecretFile } from '../../cloud/chap-files.ts'
import type { Cloud } from '../../cloud/cloud.ts'
import { joinedNames } from '../../cloud/listed-names.ts'
import { parseClusterStatus } from '../../cloud/pacemaker/cluster-status.ts'
import { resourceFile } from '../../system/drbd/config/files.ts'
import { monitorCluster } from '../../system/pacemaker/cib/cib.ts'
import { type System, ToolFailed } from '../../system/system.ts'
import { secretRemoval } from '../clouds/chap/remove-secret.ts'
import { removalText, removeBackend, volumeNames } from '../clouds/creation/backend.ts'
import {
  primitiveIds,
  removeFromCib,
  requestFinalStop,
  waitUntilForgotten,
  waitUntilStopped,
} from '../clouds/lifecycle.ts'
import { allOf, messageOf, runSteps, type Step, type Work } from '../run/steps.ts'

interface Destruction {
  readonly isForced: boolean
  /** All nodes of the cluster: a former vhost may still have the secret. */
  readonly nodes: readonly string[]
  /** Secret files that other clouds also use. */
  readonly usedSecrets: readonly string[]
}

/**
 * Stops a cloud, removes its data from its storage nodes, and removes it from the cluster; if forced, without a node that the
 * cluster has lost. It can be called again after a failure. Returns what remains, and how to remove that.
 * @throws StepFailed when a step failed.
 */
export async function destroyCloud(
  work: Work,
  cloud: Cloud,
  { isForced, nodes, usedSecrets }: Destruction,
): Promise<string[]> {
  const { system } = work
  const { name, storageNodes } = cloud
  let lost: readonly string[] = []
  const check = {
    name: `checking whether ${joinedNames(storageNodes)} are reachable`,
    run: async () => {
      lost = await lostNodes(system, cloud, isForced)
    },
  }
  await runSteps([check], work)
  const reachable = storageNodes.filter(node => !lost.includes(node))
  const removal = {
    name: `removing its data from ${joinedNames(reachable)}`,
    run: () => allOf(reachable.map(node => removeBackend(system, node, cloud))),
  }
  const secret = await secretRemoval(system, cloud, { storageNodes: reachable, nodes, usedSecrets })
  await runSteps(
    [
      ...stopSteps(work, name),
      ...(reachable.length > 0 ? [removal] : []),
      ...secret.steps,
      // last: until then a second attempt can read from the CIB where the data are
      ...removalFromCib(work, name),
    ],
    work,
  )
  return [
    ...lost.map(node => `${node} is unreachable and still has its data of ${name}: ${removalText(cloud)}`),
    ...secret.left,
  ]
}

/**
 * Stops the remains of a cloud and removes them from the cluster. Its data cannot be determined, and are left in place. Returns
 * what may remain.
 */
export async function removeRemains(work: Work, name: string): Promise<string[]> {
  await runSteps([...stopSteps(work, name), ...removalFromCib(work, name)], work)
  const places = `its volume, ${resourceFile(name)} and ${generatedSecretFile(name)}`
  return [`any data of ${name} are left in place: look for ${places}`]
}

/** No part of it can start from the first step on: it must not come back while its data are being removed. */
function stopSteps({ system, interruption }: Work, name: string): Step[] {
  return [
    { name: `requesting the stop of ${name}`, run: () => requestFinalStop(system, name) },
    { name: `stopping ${name}`, waits: true, run: () => waitUntilStopped(system, [{ name }], interruption) },
  ]
}

function removalFromCib({ system, interruption }: Work, name: string): Step[] {
  return [
    { name: 'removing it from the cluster', run: () => removeFromCib(system, { name }) },
    {
      name: 'waiting until Pacemaker has deleted its history',
      waits: true,
      run: () => waitUntilForgotten(system, primitiveIds(name), interruption),
    },
  ]
}

/**
 * The storage nodes that are unreachable and certainly lost to the cluster: neither members nor about to be fenced.
 * @throws ToolFailed for an unreachable node that may still be active, Error for a lost node unless forced.
 */
async function lostNodes(system: System, { name, storageNodes, volumeGroup }: Cloud, isForced: boolean) {
  const answers = await Promise.allSettled(storageNodes.map(node => volumeNames(system, node, volumeGroup)))
  const unreachable = answers.flatMap((answer, index) =>
    answer.status === 'rejected' ? [{ node: storageNodes[index] ?? '', error: answer.reason as unknown }] : [],
  )
  if (unreachable.length === 0) return []
  const { haStatus, hasQuorum } = parseClusterStatus(await monitorCluster(system))
  for (const { node, error } of unreachable) {
    const isLost = hasQuorum && (haStatus.get(node) ?? 'offline') === 'offline'
    if (!isLost || !(error instanceof ToolFailed)) throw error
    if (!isForced)
      throw new Error(`${messageOf(error)}; if ${node} is lost for good, pass --force to destroy ${name} without it`)
  }
  return unreachable.map(({ node }) => node)
}
