import { mergeCloud } from '../../../cloud/change/merge-cloud.ts'
import type { Change } from '../../../cloud/cib/patch.ts'
import type { Cluster } from '../../../cloud/cib/read/cluster.ts'
import { vserverNames } from '../../../cloud/cib/read/vservers.ts'
import type { Cloud } from '../../../cloud/cloud.ts'
import { resourceIds } from '../../../cloud/ids.ts'
import { joinedNames } from '../../../cloud/listed-names.ts'
import { STARTS } from '../../../cloud/pacemaker/decisions.ts'
import { isNosuid, withoutNosuid } from '../../../cloud/resolve/vservers/nosuid.ts'
import { child, type Element } from '../../../cloud/xml.ts'
import type { System } from '../../../system/system.ts'
import { activeResources } from '../../clouds/lifecycle.ts'
import { readCib } from '../../clouds/read-cib.ts'
import { consequences } from '../../clouds/review.ts'
import { usedMount } from '../../clouds/users.ts'

/** A storage that is to be mounted with other options, for which it is unmounted. */
export interface Remount {
  readonly before: Cloud
  readonly after: Cloud
  /** The operator has agreed that its users are interrupted. */
  readonly interrupts: boolean
}

/**
 * The remount without `nosuid` that the first vserver of a storage needs; undefined where it may stay as it is, or is to. Options with which
 * a storage has vservers already are somebody's choice.
 */
export function remountOf(
  cloud: Cloud,
  { vservers }: Pick<Cluster, 'vservers'>,
  { keepsNosuid, interrupts }: { readonly keepsNosuid: boolean; readonly interrupts: boolean },
): Remount | undefined {
  if (keepsNosuid || !isNosuid(cloud.mountOptions) || vserverNames(vservers, cloud.name).length > 0) return undefined
  return { before: cloud, after: { ...cloud, mountOptions: withoutNosuid(cloud.mountOptions) }, interrupts }
}

/**
 * What the operator should know of a remount before it begins.
 * @throws RangeError that names who uses the storage, unless the operator has agreed; also then if the node would be fenced.
 */
export async function remountNote(system: System, remount: Remount, names: readonly string[]): Promise<string> {
  const { before, interrupts } = remount
  const what = `${before.name} is mounted anew without nosuid, with which su and sudo would do nothing in ${joinedNames(names)}`
  const obstacle = await obstacleTo(system, remount)
  if (obstacle === undefined) return `${what}; nothing uses it now`
  const { why, isFinal } = obstacle
  if (interrupts && !isFinal) return `WARNING: ${what}; ${why}`
  const todo = isFinal ? 'stop that first' : 'stop that first, pass --interrupt to proceed'
  throw new RangeError(
    `${before.name} would have to be mounted anew without nosuid, with which su and sudo would do nothing in ${joinedNames(names)}, but ${why}: ${todo}, or pass --keep-nosuid to leave it as it is`,
  )
}

/** What is left to do on storages that lose their last vservers and stay mounted without `nosuid`, which they may have had before. */
export function suidNotes(
  { clouds, vservers }: Pick<Cluster, 'clouds' | 'vservers'>,
  destroyed: readonly string[],
): string[] {
  return clouds.flatMap(({ name, mountOptions }) => {
    const own = vserverNames(vservers, name)
    if (own.length === 0 || isNosuid(mountOptions) || !own.every(vserver => destroyed.includes(vserver))) return []
    const others = mountOptions.split(',').filter(option => option !== '' && option !== 'suid')
    const options = ['nosuid', ...others].join(',')
    return [
      `${name} has no vserver left, and stays mounted without nosuid. To mount it anew with nosuid, which ends what uses it: echo "clouds: [{name: ${name}, options: '${options}'}]" | vhacs compose - --apply --interrupt`,
    ]
  })
}

/** The changes of a CIB for a remount. @throws RangeError when something else has the id of one of the storage's resources. */
export function remountChanges(cib: Element, { before, after }: Pick<Remount, 'before' | 'after'>): Change[] {
  const configuration = child(cib, 'configuration')
  return configuration ? mergeCloud(configuration, before, after) : []
}

/** Who would notice a remount; it is final where the node would be fenced. */
export async function obstacleTo(
  system: System,
  remount: Pick<Remount, 'before' | 'after'>,
): Promise<{ readonly why: string; readonly isFinal: boolean } | undefined> {
  const { before } = remount
  const { text, root, cluster } = await readCib(system)
  const known = { active: await activeResources(system), vservers: cluster.vservers }
  const mount = await usedMount(system, before, known)
  const { filesystem } = resourceIds(before.name)
  const actions = await consequences(system, text, remountChanges(root, remount))
  const stopped = actions.filter(({ task, resource }) => !STARTS.has(task) && resource !== filesystem)
  const reasons = [
    ...(mount ? [`it is used on ${mount.node} by ${mount.users.join(', ')}`] : []),
    ...(stopped.length > 0 ? [`Pacemaker stops ${joinedNames(stopped.map(({ resource }) => resource))} for it`] : []),
  ]
  return reasons.length === 0 ? undefined : { why: reasons.join(', and '), isFinal: mount?.isHeld ?? false }
}
