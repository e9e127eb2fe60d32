import { banPatch, destroyPatch, stopPatch } from '../../cloud/cib/cloud-patches.ts'
import { recordedResources } from '../../cloud/cib/read/node-state.ts'
import type { Cloud } from '../../cloud/cloud.ts'
import { resourceIds, vserverIds } from '../../cloud/ids.ts'
import {
  type ActiveResource,
  parseActiveResources,
  parsePendingResources,
} from '../../cloud/pacemaker/active-resources.ts'
import { type Failure, type HaStatus, parseClusterStatus } from '../../cloud/pacemaker/cluster-status.ts'
import { child, parseXml } from '../../cloud/xml.ts'
import { forgetFailedConnections } from '../../system/nodes/connection.ts'
import { runOn } from '../../system/nodes/ssh.ts'
import { monitorCluster, queryCib } from '../../system/pacemaker/cib/cib.ts'
import { type System, ToolFailed } from '../../system/system.ts'
import { changeCib } from './change-cib.ts'

const POLL_MILLISECONDS = 2000
const START_SECONDS = 300
const STOP_SECONDS = 300
const FORGET_SECONDS = 60

/** States of the nodes whose history Pacemaker cleans. @see Pacemaker, pcmk_sched_actions.c: process_rsc_history() */
const CLEANED: readonly HaStatus[] = ['online', 'maintenance']

/** The resources that Pacemaker runs now. */
export async function activeResources(system: System): Promise<ActiveResource[]> {
  return parseActiveResources(await monitorCluster(system))
}

/**
 * Waits until the clouds are mounted in the kernel of the node on which Pacemaker reports the file system, for START_SECONDS after each
 * part that starts: what comes up slowly comes up.
 * @throws Error that names what is not running.
 */
export async function waitUntilMounted(
  system: System,
  clouds: readonly Cloud[],
  interruption?: AbortSignal,
): Promise<void> {
  let fewest = Number.POSITIVE_INFINITY
  await poll(system, { seconds: START_SECONDS, interruption }, async restart => {
    const monitor = await monitorCluster(system)
    const status = { active: parseActiveResources(monitor), failures: parseClusterStatus(monitor).failures }
    const missing = clouds.flatMap(({ name }) => inactiveParts(name, status)).length
    if (missing < fewest) restart()
    fewest = Math.min(fewest, missing)
    const problems = await Promise.all(clouds.map(cloud => mountProblem(system, cloud, status)))
    const first = problems.find(problem => problem !== undefined)
    return first && `${first}; see "crm_mon -1rf"`
  })
}

interface ResourceStatus {
  readonly active: readonly ActiveResource[]
  readonly failures: readonly Failure[]
}

function inactiveParts(name: string, { active }: ResourceStatus): string[] {
  return primitiveIds(name).filter(part => active.every(({ id }) => id !== part))
}

async function mountProblem(system: System, { name, directory }: Cloud, status: ResourceStatus) {
  const { active, failures } = status
  const { filesystem } = resourceIds(name)
  const node = active.find(({ id }) => id === filesystem)?.node
  if (node !== undefined && (await isMounted(system, node, directory))) return undefined
  const parts = primitiveIds(name)
  const missing = inactiveParts(name, status)
  const reasons = failures.flatMap(failure => {
    if (!parts.includes(failure.resource)) return []
    return [`; ${failure.resource} on ${failure.node}: ${failure.action}: ${failure.reason}`]
  })
  const what = missing.length === 0 ? `${filesystem} is starting` : `${missing.join(', ')} not running`
  return `${directory} is not mounted, and nothing more has started for ${START_SECONDS} s: ${what}${reasons.join('')}`
}

/** Whether a node's kernel has a mount there; Pacemaker reports a resource as active as soon as its start begins. */
export async function isMounted(system: System, node: string, directory: string): Promise<boolean> {
  const { status } = await runOn(system, node, ['findmnt', '--mountpoint', directory], {
    accepted: [0, 1],
    looks: true,
  })
  return status === 0
}

/** Makes Pacemaker stop a cloud, from the mount down. */
export async function requestStop(system: System, { name }: Pick<Cloud, 'name'>): Promise<void> {
  await changeCib(system, cib => stopPatch(name, cib))
}

/** The same for a cloud, complete or not, that is to be destroyed: afterwards no part of it can start. */
export async function requestFinalStop(system: System, name: string): Promise<void> {
  await changeCib(system, cib => banPatch(name, cib))
}

/**
 * Waits until no part of these clouds runs on any node, for STOP_SECONDS after each part or container that stops: a container may take as long as
 * its agent, before the unmount begins.
 * @throws Error that names what still runs.
 */
export async function waitUntilStopped(
  system: System,
  clouds: readonly Pick<Cloud, 'name'>[],
  interruption?: AbortSignal,
): Promise<void> {
  const parts = clouds.flatMap(({ name }) => primitiveIds(name))
  await waitUntilInactive(system, parts, interruption)
}

/**
 * Waits until none of these primitives runs on any node, or is about to.
 * @throws Error that names what still runs.
 */
export async function waitUntilInactive(
  system: System,
  parts: readonly string[],
  interruption?: AbortSignal,
): Promise<void> {
  const isContainer = (id: string) => id.endsWith(vserverIds('').container)
  let fewest = Number.POSITIVE_INFINITY
  await poll(system, { seconds: STOP_SECONDS, interruption }, async restart => {
    const text = await monitorCluster(system)
    const active = parseActiveResources(text)
    const running = active.filter(({ id }) => parts.includes(id))
    const stopping = active.filter(({ id }) => parts.includes(id) || isContainer(id)).length
    if (stopping < fewest) restart()
    fewest = Math.min(fewest, stopping)
    // the stop of a start that had already begun may still follow
    const pending = parsePendingResources(text).filter(id => parts.includes(id))
    if (running.length === 0 && pending.length === 0) return undefined
    const where = [...running.map(({ id, node }) => `${id} on ${node}`), ...pending]
    return `still running after ${STOP_SECONDS} s: ${where.join(', ')}; see "crm_mon -1rf"`
  })
}

/** Removes a stopped cloud from the CIB. Pacemaker would stop a running one in no particular order. */
export async function removeFromCib(system: System, { name }: Pick<Cloud, 'name'>): Promise<void> {
  await changeCib(system, cib => destroyPatch(name, cib))
}

/**
 * Waits until Pacemaker has deleted its history of removed primitives, which it does some seconds later: until then, new ones of
 * these names would get it. On a node in standby, Pacemaker keeps it until the node may run resources again.
 * @throws Error that names what remains.
 */
export async function waitUntilForgotten(
  system: System,
  parts: readonly string[],
  interruption?: AbortSignal,
): Promise<void> {
  await poll(system, { seconds: FORGET_SECONDS, interruption }, async () => {
    const { haStatus } = parseClusterStatus(await monitorCluster(system))
    const cleaned = [...haStatus].filter(([, status]) => CLEANED.includes(status)).map(([node]) => node)
    const status = child(parseXml(await queryCib(system)), 'status')
    const left = cleaned.flatMap(node => {
      const ids = recordedResources(status, node).filter(id => parts.includes(id))
      return ids.map(id => `${id} on ${node}`)
    })
    if (left.length === 0) return undefined
    return `Pacemaker still has the history of ${left.join(', ')} after ${FORGET_SECONDS} s, and deletes it by itself; see "crm_mon -1rf"`
  })
}

/** The ids of a cloud's primitives, bottom first. */
export function primitiveIds(cloud: string): string[] {
  const { lvm, drbd, target, address, session, filesystem } = resourceIds(cloud)
  return [lvm, drbd, target, address, session, filesystem]
}

interface TimeLimit {
  readonly seconds: number
  readonly interruption: AbortSignal | undefined
}

/**
 * Repeats `check` until it returns no problem; its `restart` begins the time anew. A tool that fails meanwhile, as while a node is fenced or a coordinator is
 * elected, counts as a problem.
 * @throws Error with the last problem when the time is up, the signal's reason when it is aborted.
 */
export async function poll(
  system: System,
  { seconds, interruption }: TimeLimit,
  check: (restart: () => void) => Promise<string | undefined>,
): Promise<void> {
  let begun = system.now()
  const restart = () => {
    begun = system.now()
  }
  for (;;) {
    const problem = await check(restart).catch((error: unknown) => {
      if (error instanceof ToolFailed) return error.message
      throw error
    })
    if (problem === undefined) return
    if (system.now() > begun + seconds * 1000) throw new Error(problem)
    await system.sleep(POLL_MILLISECONDS, interruption)
    forgetFailedConnections(system)
  }
}
