import { LVM_CONFIG, mapName } from '../../block/lvm.ts'
import { snapshotTag } from '../../block/snapshot-tags.ts'
import type { System } from '../../system.ts'
import { excerpt, parseAnswer } from '../answer.ts'
import { drbdadmOn } from '../drbd/drbdadm.ts'
import { runScriptOn, script } from '../script.ts'
import { runOn } from '../ssh.ts'
import { type Generations, parseGenerations } from './generations.ts'

/*
 * Going back to a snapshot on one node, where nothing uses the volume. LVM copies what has changed back into the origin; from the first
 * moment on the origin shows the content of the snapshot, and the snapshot is removed when all is copied. After a reset of the node, the
 * next activation goes on.
 */

/** lvmpolld would read the node's own configuration, and might not find the volume group. */
const POLLING_ITSELF = LVM_CONFIG.map(word => (word === '--config' ? word : `${word} global{use_lvmpolld=0}`))

/** Activates or deactivates a volume (`group/volume`) with its snapshots; an interrupted merge goes on when it is activated. */
export async function setActive(system: System, node: string, volume: string, isActive: boolean): Promise<void> {
  const flag = isActive ? 'y' : 'n'
  await runOn(system, node, ['lvchange', '--quiet', '--activate', flag, ...POLLING_ITSELF, '--', volume])
}

/**
 * Begins to copy a snapshot (`group/volume`) back into its origin, which must be active; LVM removes it in the background when all is copied.
 * If something uses one of them, that begins at the next activation.
 */
export async function mergeSnapshot(system: System, node: string, snapshot: string): Promise<void> {
  const how = ['--merge', '--background', '--interval', '1', ...POLLING_ITSELF]
  await runOn(system, node, ['lvconvert', '--quiet', '--yes', ...how, '--', snapshot])
}

/**
 * How many bytes the kernel still has to copy back into a volume, 0 when all is copied; undefined while it copies nothing.
 * @throws ToolFailed, also when it has given up.
 */
export async function bytesToMerge(
  system: System,
  node: string,
  { volumeGroup, name }: { readonly volumeGroup: string; readonly name: string },
): Promise<number | undefined> {
  const map = mapName(volumeGroup, name)
  const options = { looks: true, timeoutSeconds: 30, accepted: [0, 1] } as const
  // 1 for one that is not active
  const finished = await runOn(system, node, ['dmsetup', 'status', '--target', 'snapshot-merge', map], options)
  return parseAnswer(finished, parseMergeStatus)
}

/** Whether lvconvert runs with the argument $1. */
export const MERGE_STARTS = script`
for file in /proc/[0-9]*/cmdline; do
    tr '\\0' '\\n' 2>/dev/null <"$file" | { read -r first && [ "\${first##*/}" = lvconvert ] && grep -qxF -- "$1"; } && exit 0
done
exit 1
`

/** Whether mergeSnapshot for this snapshot (`group/volume`), of a caller that was killed, still waits for LVM on a node. @throws ToolFailed */
export async function isMergeStarting(system: System, node: string, snapshot: string): Promise<boolean> {
  const options = { looks: true, timeoutSeconds: 60, accepted: [0, 1] } as const
  return (await runScriptOn(system, node, { text: MERGE_STARTS, values: [snapshot], ...options })).status === 0
}

const SECTOR = 512

/**
 * The status of one device-mapper target: used and all sectors of the snapshot, and those that are not data.
 * @throws RangeError for a merge that has failed.
 * @see Linux, drivers/md/dm-snap.c: snapshot_status()
 */
export function parseMergeStatus(text: string): number | undefined {
  const [, status] = /^\d{1,20} \d{1,20} snapshot-merge ([^\n]{1,100})/.exec(text) ?? []
  if (status === undefined) return undefined
  const [, used, metadata] = /^(\d{1,20})\/\d{1,20} (\d{1,20})/.exec(status) ?? []
  if (used === undefined || metadata === undefined)
    throw new RangeError(`the kernel does not copy the snapshot back: ${excerpt(status)}`)
  return Math.max(0, Number(used) - Number(metadata)) * SECTOR
}

/** Notes on a volume that it is being rolled back: until that is removed, lvm-volume does not start it. */
export async function markRollback(system: System, node: string, volume: string, id: string): Promise<void> {
  await changeTag(system, node, ['--addtag', snapshotTag('rollback', id), volume])
}

export async function unmarkRollback(system: System, node: string, volume: string, id: string): Promise<void> {
  await changeTag(system, node, ['--deltag', snapshotTag('rollback', id), volume])
}

async function changeTag(system: System, node: string, [option = '', tag = '', volume = '']: readonly string[]) {
  await runOn(system, node, ['lvchange', '--quiet', option, tag, ...LVM_CONFIG, '--', volume])
}

/**
 * The generations of the data of a DRBD resource that is down; its volume must be active.
 * @throws ToolFailed, also for text of another form.
 */
export async function generationsOn(system: System, node: string, resource: string): Promise<Generations> {
  const finished = await drbdadmOn(system, node, ['get-gi', resource], { looks: true, timeoutSeconds: 30 })
  return parseAnswer(finished, parseGenerations)
}
