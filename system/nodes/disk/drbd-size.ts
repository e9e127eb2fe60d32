import type { System } from '../../system.ts'
import { excerpt, parseAnswer } from '../answer.ts'
import { drbdadmOn } from '../drbd/drbdadm.ts'
import { runScriptOn, script } from '../script.ts'
import { runOn } from '../ssh.ts'

/*
 * The size of DRBD devices with internal meta-data, DRBD 8.4. DRBD finds its meta-data at the end of the volume. After the volume was
 * extended they are still where the end was, until DRBD has moved them; meanwhile DRBD only knows their place from before. If it must
 * attach the volume again then, as after a reset, drbdmeta looks where a file in /var/lib/drbd says, and moves them (drbdmeta(8),
 * check-resize).
 */

/** One line for each DRBD device: its minor, and its size in sectors of 512 bytes. */
export const DRBD_SIZES = script`
for device in /sys/block/drbd*; do
    [ ! -e "$device/size" ] || echo "\${device##*/drbd} $(cat "$device/size")"
done
`

/** The sizes of the DRBD devices of a node in bytes, by their minors; 0 for one without a disk. @throws ToolFailed */
export async function drbdSizesOn(system: System, node: string): Promise<ReadonlyMap<number, number>> {
  const finished = await runScriptOn(system, node, { text: DRBD_SIZES, values: [], looks: true, timeoutSeconds: 30 })
  return parseAnswer(finished, parseDrbdSizes)
}

/** @throws RangeError for text of another form. */
export function parseDrbdSizes(text: string): ReadonlyMap<number, number> {
  const lines = text.split('\n').filter(Boolean)
  return new Map(
    lines.map(line => {
      const [, minor, sectors] = /^(\d{1,9}) (\d{1,16})$/.exec(line) ?? []
      if (minor === undefined) throw new RangeError(`expected the size of a DRBD device, got ${excerpt(line)}`)
      return [Number(minor), Number(sectors) * SECTOR]
    }),
  )
}

const SECTOR = 512
const MIB = 2 ** 20

/**
 * The size of a DRBD device on a volume of that size, in bytes: without superblock, activity log and bitmap.
 * @see Linux, drivers/block/drbd/drbd_nl.c: drbd_md_set_sector_offsets()
 */
export function drbdBytesOn(volumeBytes: number): number {
  const sectors = Math.floor(volumeBytes / SECTOR / 8) * 8
  const bitmap = Math.ceil(Math.ceil(volumeBytes / (16 * MIB)) / 8) * 8
  return (sectors - bitmap - SUPERBLOCK_AND_LOG) * SECTOR
}

const SUPERBLOCK_AND_LOG = 8 + 64

/** Whether DRBD uses all of a volume. An activity log of more than one stripe takes some more room. */
export function coversVolume(drbdBytes: number, volumeBytes: number): boolean {
  return drbdBytes > drbdBytesOn(volumeBytes) - MIB
}

/**
 * Writes down where DRBD's meta-data are: at the end of the volume, as it is now. Only while DRBD uses all of it. An older note would make
 * drbdmeta find what is left of older meta-data. Not by "drbdadm check-resize", which also resizes, and fails during a resync.
 */
export async function noteMetadata(system: System, node: string, minor: number): Promise<void> {
  await runOn(system, node, ['drbdsetup', 'check-resize', String(minor)])
}

/** Makes both sides use all of their volumes; what is new is synchronised. For the primary, without a resync. */
export async function growDrbd(system: System, node: string, resource: string): Promise<void> {
  await drbdadmOn(system, node, ['resize', resource], { timeoutSeconds: 300 })
}

/** Has what differs between two connected sides copied from the primary, by connecting again; `node` is not primary. */
export async function reconnect(system: System, node: string, resource: string): Promise<void> {
  await drbdadmOn(system, node, ['disconnect', resource])
  await drbdadmOn(system, node, ['connect', resource])
}
