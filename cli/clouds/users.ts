import type { Cluster } from '../../cloud/cib/read/cluster.ts'
import type { ClusterNode } from '../../cloud/cib/read/nodes.ts'
import { vserverNames } from '../../cloud/cib/read/vservers.ts'
import type { Cloud } from '../../cloud/cloud.ts'
import { resourceIds, vserverIds } from '../../cloud/ids.ts'
import { recordedInitiator } from '../../cloud/node-attributes.ts'
import type { ActiveResource } from '../../cloud/pacemaker/active-resources.ts'
import { type MountUsers, mountUsersOn } from '../../system/nodes/mount-users.ts'
import { initiatorNameOn } from '../../system/nodes/node-facts.ts'
import { loggedInOn } from '../../system/nodes/storage-facts.ts'
import { type System, ToolFailed } from '../../system/system.ts'
import { messageOf, type Print } from '../run/steps.ts'
import { activeResources } from './lifecycle.ts'

/**
 * Refuses clouds in use: by processes, which would be killed; by the kernel, so that the file system could not be unmounted and
 * Pacemaker would fence the node; or by initiators outside the cluster.
 * @throws RangeError that names the users.
 */
export async function refuseUsed(
  system: System,
  clouds: readonly Cloud[],
  { nodes, vservers }: Pick<Cluster, 'nodes' | 'vservers'>,
): Promise<void> {
  const active = await activeResources(system)
  const problems = await Promise.all(
    clouds.map(async cloud => {
      const [mount, unknown] = await Promise.all([
        usedMount(system, cloud, { active, vservers }),
        unknownInitiators(system, cloud, active, nodes),
      ])
      return [
        ...(mount ? [`${cloud.name} is used on ${mount.node} by ${mount.users.join(', ')}`] : []),
        ...unknown.map(name => `${cloud.name} is used by the initiator ${name}, which no node of the cluster has`),
      ]
    }),
  )
  const found = problems.flat()
  if (found.length > 0) throw new RangeError(`${found.join('; ')}: stop that first, or pass --force to try anyway`)
}

/** The clouds that are about to be unmounted. */
interface Unmounting {
  readonly clouds: readonly Cloud[]
  /** Those of the cluster: some of them run on these clouds. */
  readonly vservers: Cluster['vservers']
  /** On these nodes; on any node if undefined. */
  readonly nodes?: readonly string[]
  /** The resources that Pacemaker runs, if the caller has read them. */
  readonly active?: readonly ActiveResource[]
}

/** Warns of the users of clouds that are about to be unmounted: vservers will be shut down, and the agent will kill all others. */
export async function warnOfUsers(
  system: System,
  print: Print,
  { clouds, vservers, nodes, active: known }: Unmounting,
): Promise<void> {
  if (clouds.length === 0) return
  try {
    const active = (known ?? (await activeResources(system))).filter(({ node }) => nodes?.includes(node) ?? true)
    const used = await Promise.all(
      clouds.map(async cloud => {
        const mount = await usedMount(system, cloud, { active, vservers })
        return mount ? [`WARNING: ${cloud.name} is used on ${mount.node} by ${mount.users.join(', ')}`] : []
      }),
    )
    used.flat().forEach(print)
  } catch (error) {
    if (!(error instanceof ToolFailed)) throw error
    print(`could not determine what uses it: ${messageOf(error)}`)
  }
}

/** What the cluster has and runs. */
interface Known {
  readonly active: readonly ActiveResource[]
  readonly vservers: Cluster['vservers']
}

/** The node that a cloud is mounted on, and its users there; undefined when it is not in use. */
export async function usedMount(
  system: System,
  { name, directory }: Cloud,
  { active, vservers }: Known,
): Promise<UsedMount | undefined> {
  const node = nodeOf(active, resourceIds(name).filesystem)
  if (node === undefined) return undefined
  const running = vserverNames(vservers, name).filter(vserver => nodeOf(active, vserverIds(vserver).container) === node)
  const found = await mountUsersOn(system, node, directory)
  const users = usersIn(found, running)
  return users.length === 0 ? undefined : { node, users, isHeld: found.kernel.length > 0 }
}

interface UsedMount {
  readonly node: string
  /** Each as a short phrase. */
  readonly users: readonly string[]
  /** The kernel keeps it from being unmounted, so that an attempt would get the node fenced. */
  readonly isHeld: boolean
}

function nodeOf(active: readonly ActiveResource[], resource: string): string | undefined {
  return active.find(({ id }) => id === resource)?.node
}

/** A container may run that Pacemaker does not know, and one that is starting may have no process yet. */
function usersIn(
  { pids, containers, otherContainers, namespaces, kernel }: MountUsers,
  running: readonly string[],
): string[] {
  const known = new Set(pids)
  const others = namespaces.filter(pid => !known.has(pid))
  const vservers = [...new Set([...running, ...containers])]
  return [
    ...vservers.map(vserver => `the vserver ${vserver}`),
    ...otherContainers.map(name => `the container ${name}`),
    ...(pids.length > 0 ? [`process ${pids.join(', ')}`] : []),
    ...others.map(pid => `the mount namespace of process ${pid}`),
    ...kernel.map(what => `${what}, which keeps it from being unmounted, so that the node would be fenced`),
  ]
}

/** Initiators that are logged in and belong to no node. The nodes are queried only if the CIB does not list all of them. */
async function unknownInitiators(
  system: System,
  cloud: Cloud,
  active: readonly ActiveResource[],
  nodes: readonly ClusterNode[],
): Promise<string[]> {
  const node = nodeOf(active, resourceIds(cloud.name).target)
  const names = node === undefined ? [] : await loggedInOn(system, node, cloud)
  const registered = nodes.flatMap(({ attributes }) => recordedInitiator(attributes) ?? [])
  const unknown = names.filter(name => !registered.includes(name))
  if (unknown.length === 0) return []
  const online = nodes.filter(({ isOnline }) => isOnline)
  const ours = await Promise.all(online.map(({ name }) => initiatorNameOn(system, name).catch(ifToolFailed)))
  return unknown.filter(name => !ours.includes(name))
}

/** A node that is not a vhost may have no initiator. */
function ifToolFailed(error: unknown): undefined {
  if (!(error instanceof ToolFailed)) throw error
}
