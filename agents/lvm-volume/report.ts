import { failed, invalidHere } from '../../ocf/exit.ts'
import { lvmConfig, lvs } from '../../system/block/lvm.ts'
import { parseSnapshotTags } from '../../system/block/snapshot-tags.ts'
import { isObject } from '../../system/json.ts'
import type { System } from '../../system/system.ts'
import { lvmFailure } from './failure.ts'

/** The report of LVM on one logical volume. */
export interface VolumeReport {
  /** Such as `linear` or `thin,pool`. */
  readonly layout: readonly string[]
  /** Such as `public`, `private`, `thicksnapshot`, `thickorigin`. */
  readonly role: readonly string[]
  readonly origin: string
  readonly tags: string
  /** Whether the node activates it automatically, for example at boot; false also where LVM (before 2.03.12) does not report it. */
  readonly isAutoactivated: boolean
}

const FIELDS = ['lv_layout', 'lv_role', 'origin', 'lv_tags'] as const
const AUTOACTIVATION_FIELDS = ['lv_autoactivation', 'vg_autoactivation'] as const

/** Queries LVM for a volume (`group/volume`). @throws OcfError when LVM does not find it. */
export async function volumeReport(system: System, path: string, signal: AbortSignal): Promise<VolumeReport> {
  const query = (fields: readonly string[]) =>
    system.run(lvs, ['--reportformat', 'json', '-o', fields.join(','), ...lvmConfig(system), path], { signal })
  let finished = await query([...FIELDS, ...AUTOACTIVATION_FIELDS])
  // LVM before 2.03.12
  if (finished.status !== 0 && /Unrecognised field/.test(finished.stderr)) finished = await query(FIELDS)
  if (finished.status !== 0) throw failed(`volume ${path} cannot be inspected: ${lvmFailure(lvs, finished)}`)
  return parseVolumeReport(finished.stdout)
}

/** @throws OcfError unless it is the report of one volume. */
function parseVolumeReport(text: string): VolumeReport {
  const fields = parseFields(text)
  if (fields === undefined) throw failed(`lvs did not report exactly one volume: ${JSON.stringify(text.slice(0, 200))}`)
  return {
    layout: fields.lv_layout.split(','),
    role: fields.lv_role.split(','),
    origin: fields.origin,
    tags: fields.lv_tags,
    isAutoactivated: AUTOACTIVATION_FIELDS.every(name => fields[name] === 'enabled'),
  }
}

type Fields = Record<(typeof FIELDS)[number], string> & Partial<Record<(typeof AUTOACTIVATION_FIELDS)[number], string>>

function parseFields(text: string): Fields | undefined {
  let read: unknown
  try {
    read = JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
  const volumes = listProperty(read, 'report').flatMap(report => listProperty(report, 'lv'))
  return volumes.length === 1 && isVolume(volumes[0]) ? volumes[0] : undefined
}

function listProperty(value: unknown, name: string): readonly unknown[] {
  const list: unknown = isObject(value) ? value[name] : undefined
  return Array.isArray(list) ? list : []
}

function isVolume(value: unknown): value is Fields {
  return isObject(value) && FIELDS.every(name => typeof value[name] === 'string')
}

/**
 * Refuses a volume that is being rolled back to a snapshot, active or not: if only one side of DRBD has been, DRBD would not notice that
 * they differ.
 * @throws OcfError (2).
 */
export function requireNoRollback({ tags }: Pick<VolumeReport, 'tags'>, path: string): void {
  if (parseSnapshotTags(tags)?.kind === 'rollback')
    throw invalidHere(`${path} is being rolled back to a snapshot: finish that with "vhacs storage --rollback"`)
}

/**
 * Refuses a volume that cannot be activated on its own. Mirrors, RAID, thin and cached volumes can, because LVM activates their
 * internal volumes with them.
 * @throws OcfError (2).
 */
export function requireActivatable({ layout, role, origin, tags }: VolumeReport, path: string): void {
  requireNoRollback({ tags }, path)
  if (layout.includes('pool')) throw invalidHere(`${path} is a ${layout.join(' ')}, not a volume that can hold data`)
  if (role.includes('private')) throw invalidHere(`${path} is an internal volume of LVM (${role.join(' ')})`)
  if (role.includes('thicksnapshot'))
    throw invalidHere(`${path} is a snapshot of ${origin}: LVM cannot activate it without its origin`)
}

/** Warnings for the administrator about a volume that can be activated. */
export function warningsOf({ role, isAutoactivated }: VolumeReport, path: string): string[] {
  return [
    ...(isAutoactivated
      ? [
          `${path} has autoactivation on: this node may activate it at boot, outside the cluster; turn it off with: lvchange --setautoactivation n ${path}`,
        ]
      : []),
    ...(role.includes('thickorigin')
      ? [`${path} has snapshots: LVM activates and deactivates them together with it`]
      : []),
  ]
}
