import { LVM_CONFIG } from '../../block/lvm.ts'
import { parseSnapshotVolume } from '../../block/snapshot-name.ts'
import { parseSnapshotTags, snapshotTag } from '../../block/snapshot-tags.ts'
import type { Json } from '../../json.ts'
import type { System } from '../../system.ts'
import { lvmRows, numberIn, parseJsonAnswer, textIn } from '../json.ts'
import { COMMAND_NOT_FOUND, runOn } from '../ssh.ts'

/** One side of a snapshot: a volume that vhacs has created. */
export interface SnapshotVolume {
  readonly volumeGroup: string
  /** The storage, which is the name of its origin. */
  readonly storage: string
  readonly name: string
  readonly id: string
  /** Until both sides are known to be the same. */
  readonly isBeingTaken: boolean
  /** The room for what changes, not the size of its content. */
  readonly sizeBytes: number
  /** How much of that room is used, from 0 to 1; undefined where it is not active. */
  readonly usedRatio: number | undefined
  /** It has become full, and its content is lost. */
  readonly isLost: boolean
  /** Its content is being copied back into its origin. */
  readonly isMerging: boolean
  /** Something uses it, such as a mount: LVM would not begin to copy it back. */
  readonly isOpen: boolean
}

/** The snapshots of a node, and what is known of rollbacks there. */
export interface NodeSnapshots {
  readonly snapshots: readonly SnapshotVolume[]
  /** Ids of the snapshots that volumes are to be rolled back to, by names like `vhacs/c0`. */
  readonly rollbacks: ReadonlyMap<string, string>
}

const FIELDS = 'vg_name,lv_name,origin,lv_tags,lv_size,data_percent,lv_merging,lv_snapshot_invalid,lv_device_open'

/** The snapshots of a node that vhacs has created; none where LVM is not installed. @throws ToolFailed */
export async function snapshotsOn(system: System, node: string): Promise<NodeSnapshots> {
  // a snapshot that is being merged is hidden
  const report = ['--all', '--reportformat', 'json', '--units', 'b', '--nosuffix', '-o', FIELDS, ...LVM_CONFIG] as const
  const options = { looks: true, timeoutSeconds: 30, accepted: [0, COMMAND_NOT_FOUND] } as const
  const finished = await runOn(system, node, ['lvs', ...report], options)
  if (finished.status === COMMAND_NOT_FOUND) return { snapshots: [], rollbacks: new Map() }
  return parseJsonAnswer(finished, value => {
    const rows = lvmRows(value, 'lv')
    return { snapshots: rows.flatMap(snapshotIn), rollbacks: new Map(rows.flatMap(rollbackIn)) }
  })
}

function snapshotIn(row: Json): SnapshotVolume[] {
  const named = parseSnapshotVolume(nameIn(row))
  const tag = parseSnapshotTags(textIn(row, 'lv_tags'))
  // of another origin, it is a copy that somebody else has made
  if (named === undefined || tag === undefined || unhidden(textIn(row, 'origin')) !== named.storage) return []
  const used = textIn(row, 'data_percent')
  return [
    {
      volumeGroup: textIn(row, 'vg_name'),
      storage: named.storage,
      name: named.snapshot,
      id: tag.id,
      isBeingTaken: tag.kind === 'taking',
      sizeBytes: numberIn(row, 'lv_size'),
      usedRatio: /^\d{1,3}(\.\d{1,2})?$/.test(used) ? Math.round(Number(used) * 100) / 10_000 : undefined,
      // `unknown` where it is not active
      isLost: textIn(row, 'lv_snapshot_invalid') === 'snapshot invalid',
      isMerging: textIn(row, 'lv_merging') === 'merging',
      isOpen: textIn(row, 'lv_device_open') === 'open',
    },
  ]
}

function rollbackIn(row: Json): [string, string][] {
  const tag = parseSnapshotTags(textIn(row, 'lv_tags'))
  return tag?.kind === 'rollback' ? [[`${textIn(row, 'vg_name')}/${nameIn(row)}`, tag.id]] : []
}

function nameIn(row: Json): string {
  return unhidden(textIn(row, 'lv_name'))
}

/** LVM puts the names of hidden volumes into brackets. */
function unhidden(name: string): string {
  return name.replace(/^\[([^\]]{1,200})\]$/, '$1')
}

/** What is created on both sides. */
export interface NewSnapshot {
  readonly volumeGroup: string
  readonly origin: string
  readonly volume: string
  readonly id: string
  readonly sizeBytes: number
}

/**
 * Creates one side of a snapshot, tagged as being taken. It has more time than the freeze, which ends without it: killed, lvcreate might
 * leave the origin suspended, and with it all I/O of the storage.
 */
export async function createSnapshot(
  system: System,
  node: string,
  { volumeGroup, origin, volume, id, sizeBytes }: NewSnapshot,
): Promise<void> {
  // it is activated with its origin only: LVM refuses --setautoactivation for snapshots
  const what = ['--snapshot', '--size', `${sizeBytes}b`, '--name', volume, '--ignoremonitoring']
  const how = ['--addtag', snapshotTag('taking', id), ...LVM_CONFIG]
  const command = ['lvcreate', '--quiet', '--yes', ...what, ...how, '--', `${volumeGroup}/${origin}`] as const
  await runOn(system, node, [...command])
}

/** Notes that both sides of a snapshot are the same. */
export async function confirmSnapshot(
  system: System,
  node: string,
  { volumeGroup, volume, id }: Pick<NewSnapshot, 'volumeGroup' | 'volume' | 'id'>,
): Promise<void> {
  const tags = ['--addtag', snapshotTag('snapshot', id), '--deltag', snapshotTag('taking', id)]
  await runOn(system, node, ['lvchange', '--quiet', ...tags, ...LVM_CONFIG, '--', `${volumeGroup}/${volume}`])
}

/** Removes one side of a snapshot, if it still is the one with that id; its origin stays as it is. */
export async function removeSnapshot(
  system: System,
  node: string,
  { volumeGroup, origin, volume, id }: Omit<NewSnapshot, 'sizeBytes'>,
): Promise<void> {
  const tags = (['taking', 'snapshot'] as const).map(kind => `lv_tags={${snapshotTag(kind, id)}}`).join(' || ')
  const which = `vg_name=${volumeGroup} && lv_name=${volume} && origin=${origin} && (${tags})`
  await runOn(system, node, ['lvremove', '--quiet', '--yes', ...LVM_CONFIG, '--select', which])
}
