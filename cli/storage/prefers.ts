import { preferencePatch } from '../../cloud/cib/cloud-patches.ts'
import type { Cluster } from '../../cloud/cib/read/cluster.ts'
import type { Cloud } from '../../cloud/cloud.ts'
import { resourceIds } from '../../cloud/ids.ts'
import { rolesIn } from '../../cloud/node-attributes.ts'
import { parseActiveResources } from '../../cloud/pacemaker/active-resources.ts'
import { type Failure, parseClusterStatus } from '../../cloud/pacemaker/cluster-status.ts'
import { newFailure } from '../../cloud/pacemaker/new-failure.ts'
import { clearMove, monitorCluster, moveGroup } from '../../system/pacemaker/cib/cib.ts'
import { changeCib } from '../clouds/change-cib.ts'
import { isMounted, poll } from '../clouds/lifecycle.ts'
import { readCib } from '../clouds/read-cib.ts'
import { selectClouds } from '../clouds/select.ts'
import { warnOfUsers } from '../clouds/users.ts'
import { selectNodes } from '../command/select-nodes.ts'
import type { Call } from '../command/verb.ts'
import { timedWork } from '../command/work.ts'
import { inTurn } from '../run/jobs.ts'
import { withClusterLock } from '../run/lock.ts'
import { messageOf, runSteps, type Step, type Work } from '../run/steps.ts'
import { type Seen, whyUnmountable } from './unmountable.ts'

const MOVE_SECONDS = 300

/** vhacs storage --prefers */
export async function preferNodes(call: Call): Promise<void> {
  const { system, value, operand = '' } = call
  const snapshot = await readCib(system)
  const { cluster } = snapshot
  const vhosts = selectVhosts(value, cluster)
  const clouds = selectClouds(operand, cluster)
  if (clouds.length === 0) throw new RangeError('there are no storages')
  const monitor = await monitorCluster(system)
  const work = timedWork(call)
  const [first] = onlineAmong(vhosts, monitor)
  const moving = first === undefined ? [] : clouds.filter(cloud => mountNode(monitor, cloud) !== first)
  await warnOfUsers(system, work.print, {
    clouds: moving,
    vservers: cluster.vservers,
    active: parseActiveResources(monitor),
  })
  await withClusterLock(work, () => runSteps([preferenceStep(work, clouds, vhosts)], work))
  await inTurn(clouds, work, async cloud => {
    const outcome = await moveMount(work, cloud, vhosts, { snapshot, monitor })
    if (!work.isDryRun) work.print(`${cloud.name} prefers ${vhosts.join(', ')}; ${outcome}`)
  })
}

/** Moves the mount to the first vhost that can mount it, if it is mounted at all; returns the outcome. */
async function moveMount(work: Work, cloud: Cloud, vhosts: readonly string[], seen: Seen): Promise<string> {
  const { monitor } = seen
  const [first, ...others] = onlineAmong(vhosts, monitor)
  const mount = mountNode(monitor, cloud)
  if (mount === undefined) return 'it is not mounted'
  if (first === undefined) return `none of them is online: it stays on ${mount}`
  return `it is mounted on ${await moveToFirst(work, cloud, { node: first, others, ...seen })}`
}

interface Candidates extends Seen {
  readonly node: string
  readonly others: readonly string[]
}

/** Returns the node that it is mounted on. @throws StepFailed when not even the last vhost can mount it. */
async function moveToFirst(work: Work, cloud: Cloud, candidates: Candidates): Promise<string> {
  const { node, others, monitor, snapshot } = candidates
  const [next, ...rest] = others
  const destination = { node, earlierFailures: parseClusterStatus(monitor).failures }
  if (mountNode(monitor, cloud) === node) {
    // it may still be starting there: Pacemaker decides, and the next node is not tried
    await runSteps([mountWaitStep(work, cloud, destination)], work)
    return node
  }
  try {
    // before anything is stopped
    const why = await whyUnmountable(work.system, candidates, { cloud, node })
    if (why !== undefined) throw new Error(why)
    await runSteps(moveSteps(work, cloud, destination), work)
    return node
  } catch (error) {
    if (work.interruption.aborted || next === undefined) throw error
    work.print(`${messageOf(error)}; trying ${next}`)
  }
  return moveToFirst(work, cloud, { node: next, others: rest, snapshot, monitor: await monitorCluster(work.system) })
}

function onlineAmong(nodes: readonly string[], monitor: string): string[] {
  const { haStatus } = parseClusterStatus(monitor)
  return nodes.filter(node => haStatus.get(node) === 'online')
}

function mountNode(monitor: string, { name }: Pick<Cloud, 'name'>): string | undefined {
  return parseActiveResources(monitor).find(({ id }) => id === resourceIds(name).filesystem)?.node
}

function selectVhosts(text: string, { nodes, otherNodes }: Cluster): string[] {
  const names = selectNodes(text, nodes, otherNodes)
  const other = nodes.find(({ name, attributes }) => names.includes(name) && !rolesIn(attributes).includes('vhost'))
  if (other) throw new RangeError(`${other.name} does not have the vhost role, so it cannot mount a storage`)
  return names
}

function preferenceStep({ system }: Work, clouds: readonly Cloud[], vhosts: readonly string[]): Step {
  return {
    name: `setting the preferred vhosts of ${clouds.map(({ name }) => name).join(', ')}: ${vhosts.join(', ')}`,
    run: () => changeCib(system, cib => preferencePatch(clouds, vhosts, cib)),
  }
}

interface Destination {
  readonly node: string
  /** Other failures there end the attempt. */
  readonly earlierFailures: readonly Failure[]
}

/** The preference alone does not move a mount: running resources stay where they are. */
function moveSteps(work: Work, cloud: Cloud, destination: Destination): Step[] {
  const { system } = work
  const { name } = cloud
  const { node } = destination
  const { mountGroup } = resourceIds(name)
  return [
    {
      name: `moving the mount of ${name} to ${node}`,
      run: () => moveGroup(system, mountGroup, node),
      undo: () => clearMove(system, mountGroup),
    },
    mountWaitStep(work, cloud, destination),
    { name: `allowing ${name} to move again`, run: () => clearMove(system, mountGroup) },
  ]
}

/** The kernel's mount counts: Pacemaker reports a resource as active as soon as its start begins. */
function mountWaitStep(
  { system, interruption }: Work,
  { name, directory }: Cloud,
  { node, earlierFailures }: Destination,
): Step {
  const { session, filesystem } = resourceIds(name)
  return {
    name: `waiting until ${name} is mounted on ${node}`,
    waits: true,
    run: () =>
      poll(system, { seconds: MOVE_SECONDS, interruption }, async () => {
        const monitor = await monitorCluster(system)
        if (mountNode(monitor, { name }) === node && (await isMounted(system, node, directory))) return undefined
        const failure = newFailure(monitor, { node, parts: [session, filesystem], earlierFailures })
        if (failure !== undefined) throw new Error(failure)
        return `it is not mounted there after ${MOVE_SECONDS} s; see "crm_mon -1rf"`
      }),
  }
}
