import { createSidePlacer } from '../../../cloud/allocate/replacement.ts'
import { bannedSides } from '../../../cloud/change/replacement.ts'
import type { CibSnapshot } from '../../../cloud/cib/snapshot.ts'
import type { Cloud } from '../../../cloud/cloud.ts'
import { UNCHANGED } from '../../../cloud/configuration.ts'
import { parseClusterStatus } from '../../../cloud/pacemaker/cluster-status.ts'
import { EMPTY_CONTEXT, knownNodes, type NodeFacts } from '../../../cloud/resolve/context.ts'
import { monitorCluster } from '../../../system/pacemaker/cib/cib.ts'
import type { System } from '../../../system/system.ts'
import { messageOf } from '../../run/steps.ts'
import { takeInventory } from '../resolve/inventory.ts'
import type { NamedReplacement } from './jobs.ts'
import { begunOn } from './plan.ts'

/**
 * Where all sides on a node can move to, chosen as for new clouds; what an earlier call has begun is kept. Reads only.
 * @throws RangeError that names all that cannot move, and why.
 */
export async function evacuationTargets(
  system: System,
  { cluster, root }: CibSnapshot,
  from: string,
): Promise<NamedReplacement[]> {
  const [inventory, monitor] = await Promise.all([takeInventory(system, cluster), monitorCluster(system)])
  const { haStatus } = parseClusterStatus(monitor)
  const nodes = knownNodes(NOTHING, { ...EMPTY_CONTEXT, cluster, ...inventory })
  // a node in standby would not start it
  const candidates = nodes.map(node => ({ ...node, isOnline: node.isOnline && haStatus.get(node.name) === 'online' }))
  const place = createSidePlacer(cluster.clouds)
  const bans = bannedSides(
    cluster.clouds.map(({ name }) => name),
    root,
  )
  const problems: string[] = []
  const found: NamedReplacement[] = []
  for (const cloud of cluster.clouds) {
    const { name, storageNodes } = cloud
    const begun = [...(await begunOn(system, cloud)), ...[bans.get(name) ?? []].flat()].find(one => one.from === from)
    if (begun !== undefined) found.push({ name, ...begun })
    if (begun !== undefined || !storageNodes.includes(from)) continue
    try {
      found.push({ name, from, to: place(requestOf(cloud, from, inventory.facts), candidates) })
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      problems.push(messageOf(error))
    }
  }
  if (problems.length > 0) throw new RangeError(`${problems.join('; ')} (nothing was changed)`)
  return found
}

const NOTHING = { ...UNCHANGED, nodes: [], clouds: [] }

/** @throws RangeError when no other side shows the size. */
function requestOf(cloud: Cloud, leaves: string, facts: readonly NodeFacts[]) {
  const { name, volumeGroup, storageNodes } = cloud
  const sizes = facts
    .filter(({ node }) => node !== leaves && storageNodes.includes(node))
    .flatMap(fact => fact.volumeGroups.find(group => group.name === volumeGroup)?.volumes[name] ?? [])
  if (sizes.length === 0) throw new RangeError(`the size of ${name} is unknown: its other sides do not show it`)
  return { ...cloud, leaves, sizeBytes: Math.max(...sizes) }
}
