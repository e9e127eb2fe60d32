import type { Cloud } from '../../cloud/cloud.ts'
import { parseClusterStatus } from '../../cloud/pacemaker/cluster-status.ts'
import { monitorCluster } from '../../system/pacemaker/cib.ts'
import { type System, ToolFailed } from '../../system/system.ts'
import { removalText, removeBackend, volumesIn } from '../clouds/creation/backend.ts'
import { forgetCloud, orderEnd, waitUntilStopped } from '../clouds/lifecycle.ts'
import { allOf, messageOf, runSteps, type Step, type Work } from '../run/steps.ts'

/**
 * Stops a cloud, removes its data from both storage nodes, and takes it out of the cluster. By force it does so without a
 * node that the cluster has lost. After a failure it can be called again. Returns what is left, and how to remove that.
 * @throws StepFailed when a step failed.
 */
export async function destroyCloud(work: Work, cloud: Cloud, isForced: boolean): Promise<string[]> {
  const { system } = work
  const { name, storageNodes } = cloud
  let lost: readonly string[] = []
  const look = {
    name: `looking whether ${storageNodes.join(' and ')} answer`,
    run: async () => {
      lost = await lostNodes(system, cloud, isForced)
    },
  }
  await runSteps([look], work)
  const reached = storageNodes.filter(node => !lost.includes(node))
  const removal = {
    name: `removing its data from ${reached.join(' and ')}`,
    run: () => allOf(reached.map(node => removeBackend(system, node, cloud))),
  }
  await runSteps(
    [
      ...stopSteps(work, name),
      ...(reached.length > 0 ? [removal] : []),
      // last: until then the CIB tells a second attempt where the data are
      forgetStep(work, name),
    ],
    work,
  )
  return lost.map(node => `${node} did not answer, and has its data of ${name} still: ${removalText(cloud)}`)
}

/**
 * Stops what is there of a cloud and takes that out of the cluster. Data are left alone: which are its own is not sure.
 * Returns what may be left.
 */
export async function removeRemains(work: Work, name: string): Promise<string[]> {
  await runSteps([...stopSteps(work, name), forgetStep(work, name)], work)
  return [`data of ${name}, if there are any, are where they were: look for its volume and /etc/drbd.d/${name}.res`]
}

/** From the order on nothing of it can start: it must not come back while its data go. */
function stopSteps({ system, interruption }: Work, name: string): Step[] {
  return [
    { name: `telling the cluster to stop ${name}`, run: () => orderEnd(system, name) },
    { name: `stopping ${name}`, waits: true, run: () => waitUntilStopped(system, [{ name }], interruption) },
  ]
}

function forgetStep({ system }: Work, name: string): Step {
  return { name: 'taking it out of the cluster', run: () => forgetCloud(system, { name }) }
}

/**
 * The storage nodes that do not answer and that the cluster has lost for sure: neither in it, nor waiting to be fenced.
 * @throws ToolFailed for one that does not answer but may be at work, Error for one that is lost while that is not forced.
 */
async function lostNodes(system: System, { name, storageNodes, volumeGroup }: Cloud, isForced: boolean) {
  const answers = await Promise.allSettled(storageNodes.map(node => volumesIn(system, node, volumeGroup)))
  const unreachable = answers.flatMap((answer, index) =>
    answer.status === 'rejected' ? [{ node: storageNodes[index] ?? '', error: answer.reason as unknown }] : [],
  )
  if (unreachable.length === 0) return []
  const { haStatus, hasQuorum } = parseClusterStatus(await monitorCluster(system))
  for (const { node, error } of unreachable) {
    const isLost = hasQuorum && (haStatus.get(node) ?? 'offline') === 'offline'
    if (!isLost || !(error instanceof ToolFailed)) throw error
    if (!isForced)
      throw new Error(`${messageOf(error)}; should ${node} be lost for good, --force destroys ${name} without it`)
  }
  return unreachable.map(({ node }) => node)
}
