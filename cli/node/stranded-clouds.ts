import { booleanIn } from '../../cloud/cib/elements.ts'
import type { ClusterNode } from '../../cloud/cib/read/nodes.ts'
import type { CibSnapshot } from '../../cloud/cib/snapshot.ts'
import type { Cloud } from '../../cloud/cloud.ts'
import { joinedNames } from '../../cloud/listed-names.ts'
import type { System } from '../../system/system.ts'
import { fencesOn } from '../clouds/fence-constraints.ts'
import { isKnown, type Replication, replicationOf, type UnknownReplication } from '../clouds/replication/replication.ts'

/** A running cloud that would be down, because its export cannot move away from the nodes. */
export interface StrandedCloud {
  readonly name: string
  /** The reason; undefined when its other nodes are also among the nodes. */
  readonly why: string | undefined
}

/** The running clouds that no other node could export while these nodes are in standby. Queries the nodes with their data. */
export async function strandedClouds(
  system: System,
  { cluster, text }: CibSnapshot,
  nodes: readonly string[],
): Promise<StrandedCloud[]> {
  const leaving = nodes.filter(name => isAbleToRun(cluster.nodes, name))
  const concerned = cluster.clouds.filter(
    ({ state, storageNodes }) => state === 'active' && storageNodes.some(name => leaving.includes(name)),
  )
  const found = await Promise.all(concerned.map(cloud => strandedCloud(system, { cluster, text }, { cloud, nodes })))
  return found.filter(one => one !== undefined)
}

async function strandedCloud(
  system: System,
  { cluster, text }: Pick<CibSnapshot, 'cluster' | 'text'>,
  { cloud, nodes }: { readonly cloud: Cloud; readonly nodes: readonly string[] },
): Promise<StrandedCloud | undefined> {
  const { name, storageNodes } = cloud
  const others = storageNodes.filter(node => !nodes.includes(node))
  if (others.length === 0) return { name, why: undefined }
  const unable = others.filter(node => !isAbleToRun(cluster.nodes, node))
  if (unable.length === others.length) return { name, why: `${unable.join(', ')} is offline or in standby` }
  const able = others.filter(node => !unable.includes(node))
  if (storageNodes.length > 2 && able.length * 2 <= storageNodes.length)
    return {
      name,
      why: `DRBD promotes it only with a majority of its sides, and only ${joinedNames(able)} would be left`,
    }
  const fence = fencesOn(name, text).find(({ goodNodes }) => goodNodes.every(node => nodes.includes(node)))
  if (fence !== undefined) return { name, why: `only ${joinedNames(fence.goodNodes)} may be promoted (${fence.id})` }
  const remaining = await replicationOf(system, cloud, others)
  if (remaining.some(side => isKnown(side) && side.disk === 'UpToDate')) return undefined
  return { name, why: remaining.map(sideText).join(', ') }
}

function isAbleToRun(nodes: readonly ClusterNode[], name: string): boolean {
  const node = nodes.find(known => known.name === name)
  return node?.isOnline === true && booleanIn(node.attributes.standby) !== true
}

function sideText(side: Replication | UnknownReplication): string {
  const { node } = side
  return isKnown(side)
    ? `the data of ${node} are ${side.disk}, ${side.connection}`
    : `the data of ${node} are unknown: ${side.problem}`
}
