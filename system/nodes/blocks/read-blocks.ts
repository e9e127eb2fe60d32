import type { System } from '../../system.ts'
import { script, streamScriptOn } from '../script.ts'
import { blanking, type Extent, piecesOf, totalOf, UNIT_BYTES, usedExtents } from './extents.ts'
import type { BlockMap } from './free-blocks.ts'
import { IDENTITY } from './identity.ts'

/**
 * Prints parts of the device $1 of the volume with the identity $2. Each line of the input has the place of one and its length, in MiB.
 *
 * The device is only open while a part is read, and not while the output waits for its reader: an open snapshot keeps LVM from deactivating
 * its origin, and a node on which that fails is fenced. So each part goes through a file that has no name, in memory. Meanwhile the snapshot may
 * be dropped, and another one taken under its name.
 */
export const READ_PARTS = script`
identity() { ${IDENTITY}; }
scratch=$(mktemp -p /run vhacs-read-XXXXXX) && exec 8<>"$scratch" && rm -f -- "$scratch" || exit 1
while read -r skip count; do
    dd if="$1" of=/dev/fd/8 bs=1M iflag=direct skip="$skip" count="$count" status=none || exit 1
    [ "$(stat -L -c %s /dev/fd/8)" = $((count * 1048576)) ] || { echo "$1 ends before its file system" >&2; exit 1; }
    [ "$(identity "$1")" = "$2" ] || { echo "$1 has been replaced by another volume" >&2; exit 1; }
    cat </dev/fd/8 || exit 1
done
`

/** How much is read while the device is open: a fraction of a second. */
const PART_BYTES = 8 * UNIT_BYTES

/** Where a file system is read. */
export interface BlockSource {
  readonly node: string
  readonly device: string
  /** Of its volume, from before its map was read. */
  readonly identity: string
  readonly map: BlockMap
}

/** The bytes of the used extents of a file system, in order; what is free in them is blank. @throws ToolFailed */
export async function* readBlocks(
  system: System,
  { node, device, identity, map }: BlockSource,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  const extents = usedExtents(map)
  const blank = blanking(map, extents)
  let left = totalOf(extents)
  const input = requests(extents)
  for await (const bytes of streamScriptOn(system, node, {
    text: READ_PARTS,
    values: [device, identity],
    input,
    signal,
    looks: true,
  })) {
    // the last part is a whole unit, and the file system ends in it
    const wanted = bytes.subarray(0, left)
    blank(wanted)
    left -= wanted.length
    if (wanted.length > 0) yield wanted
  }
  if (left > 0) throw new Error(`${node}: ${left} bytes of ${device} are missing`)
}

async function* requests(extents: readonly Extent[]): AsyncGenerator<Uint8Array> {
  for (const { offset, length } of piecesOf(extents, PART_BYTES))
    yield Buffer.from(`${offset / UNIT_BYTES} ${Math.ceil(length / UNIT_BYTES)}\n`)
}
