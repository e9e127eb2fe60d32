import type { Cluster } from '../../../cloud/cib/read/cluster.ts'
import type { Cloud } from '../../../cloud/cloud.ts'
import { drbdPort } from '../../../cloud/devices.ts'
import { rolesIn } from '../../../cloud/node-attributes.ts'
import type { HaStatus } from '../../../cloud/pacemaker/cluster-status.ts'
import type { DrbdResource } from '../../../cloud/resolve/context.ts'
import { formatSize } from '../../../cloud/sizes.ts'
import { resourceFile } from '../../../system/drbd/config/files.ts'
import { replacementsOn } from '../../../system/nodes/disk/replacement-mark.ts'
import { drbdConfiguration, drbdFiles, type SurveyedGroup, volumeGroups } from '../../../system/nodes/inventory.ts'
import type { System } from '../../../system/system.ts'
import { requireHandlers } from '../drbd-handlers.ts'
import { resourcesIn } from '../resolve/inventory.ts'

/** The node that a side of a cloud moves to. */
export interface Target {
  readonly node: string
  readonly group: SurveyedGroup | undefined
  readonly resources: readonly DrbdResource[]
  readonly files: readonly string[]
  /** The node whose side a volume of that name there is to replace, as an earlier call has begun. */
  readonly replaces: string | undefined
}

/** Asks the node. @throws ToolFailed, Error where DRBD's handlers are missing. */
export async function targetFacts(system: System, node: string, { name, volumeGroup }: Cloud): Promise<Target> {
  const [groups, resources, files, marks] = await Promise.all([
    volumeGroups(system, node),
    drbdConfiguration(system, node, resourcesIn),
    drbdFiles(system, node),
    replacementsOn(system, node),
    requireHandlers(system, node),
  ])
  const group = groups.find(found => found.name === volumeGroup)
  return { node, group, resources, files, replaces: marks.get(`${volumeGroup}/${name}`) }
}

/** Why the cluster does not let a node take a side; the node need not be asked for that. */
export function membershipProblems(
  { cluster, haStatus }: { readonly cluster: Cluster; readonly haStatus: ReadonlyMap<string, HaStatus> },
  cloud: Cloud,
  { from, to, getsRole }: { readonly from: string; readonly to: string; readonly getsRole?: boolean | undefined },
): string[] {
  const node = cluster.nodes.find(({ name }) => name === to)
  if (node === undefined) return [`${to} is not a node of this cluster`]
  if (to !== from && cloud.storageNodes.includes(to)) return [`${to} has a side of it already`]
  const state = haStatus.get(to) ?? 'offline'
  // a node whose disk is exchanged may be in standby
  const isAble = state === 'online' || (to === from && state === 'standby')
  return [
    ...(isAble ? [] : [to === from ? `${to} is ${state}: name another node with --to` : `${to} is ${state}`]),
    ...(rolesIn(node.attributes).includes('storage') || to === from || getsRole
      ? []
      : [`${to} does not have the storage role (give it with "vhacs node --setrole storage ${to}")`]),
  ]
}

/** Why a node cannot take a side of that size. */
export function targetProblems(
  target: Target,
  cloud: Cloud,
  need: { readonly from: string; readonly sizeBytes: number },
) {
  const { node, group } = target
  if (group === undefined) return [`${node} has no volume group ${cloud.volumeGroup}`]
  const isNew = node !== need.from
  return [...roomProblems(group, { ...need, node, cloud }), ...(isNew ? conflicts(target, cloud, need.from) : [])]
}

function roomProblems(
  { name: group, freeBytes, extentBytes, volumes }: SurveyedGroup,
  { node, cloud, sizeBytes }: { readonly node: string; readonly cloud: Cloud; readonly sizeBytes: number },
): string[] {
  const neededBytes = Math.ceil(sizeBytes / extentBytes) * extentBytes
  // what has the name now is removed first
  const roomBytes = freeBytes + (volumes[cloud.name] ?? 0)
  if (neededBytes <= roomBytes) return []
  return [`${group} on ${node} has ${formatSize(roomBytes)} free, and ${formatSize(neededBytes)} are needed`]
}

/** What is in the way on a node that has no side yet, unless an earlier call has left it. */
function conflicts({ node, group, resources, files, replaces }: Target, cloud: Cloud, from: string): string[] {
  const { name, minor, volumeGroup } = cloud
  const port = drbdPort(minor)
  const foreign = resources.filter(resource => resource.name !== name)
  const has = (what: string) => `${node} has ${what} already`
  const isBegun = replaces === from
  return [
    ...(group?.volumes[name] === undefined || isBegun ? [] : [has(`a volume ${volumeGroup}/${name}`)]),
    ...(files.includes(`${name}.res`) && !isBegun ? [has(resourceFile(name))] : []),
    ...foreign.flatMap(resource => [
      ...(resource.minors.includes(minor) ? [has(`the DRBD minor ${minor}, of ${resource.name},`)] : []),
      ...(resource.ports.includes(port) ? [has(`the port ${port}, of ${resource.name},`)] : []),
    ]),
  ]
}
