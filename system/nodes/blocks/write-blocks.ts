import { RUN_DIRECTORY } from '../../files.ts'
import type { System } from '../../system.ts'
import { runScriptOn, script, streamScriptOn } from '../script.ts'
import { type Extent, piecesOf, totalOf, UNIT_BYTES } from './extents.ts'

/**
 * Writes parts of the device $1. The input has a line with the place and the length of each in bytes, and the bytes after it; `end` is the last
 * line. While it runs it holds a lock on the file $2. dd reports what a disk could not write, as each part is synchronised.
 */
export const WRITE_PARTS = script`
[ -b "$1" ] || { echo "$1 is not a block device" >&2; exit 1; }
mkdir -p "\${2%/*}" && exec 9>"$2" && flock --nonblock 9 || { echo "$1 is being written to already" >&2; exit 1; }
while read -r offset length; do
    [ "$offset" != end ] || exit 0
    dd of="$1" bs=1M iflag=fullblock,count_bytes oflag=seek_bytes seek="$offset" count="$length" conv=nocreat,notrunc,fdatasync status=none || exit 1
done
echo "the content for $1 ended early" >&2
exit 1
`

/** How much is synchronised at once. */
const PART_BYTES = 64 * UNIT_BYTES

/** What is to be written to a device: bytes that follow each other in these extents. */
export interface BlockContent {
  readonly extents: readonly Extent[]
  /** Fails at its end at the latest, if anything of it is wrong. */
  bytes(signal: AbortSignal): AsyncIterable<Uint8Array>
}

/** Where it is written. */
export interface BlockTarget {
  readonly node: string
  readonly device: string
  /** A word for its lock, the same for all who may write to it. */
  readonly word: string
}

/**
 * Writes blocks to a device of a node; `onProgress` gets how many bytes were sent.
 * @throws ToolFailed, the error of the content, the reason of the signal. Then the device has some of it.
 */
export async function writeBlocks(
  system: System,
  target: BlockTarget,
  content: BlockContent,
  { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress: (bytes: number) => void },
): Promise<void> {
  const { node, device, word } = target
  const input = framed(content.extents, content.bytes(signal), onProgress)
  const writing = streamScriptOn(system, node, { text: WRITE_PARTS, values: [device, lockFile(word)], input, signal })
  for await (const _ of writing);
}

/** Waits until nothing writes to a device any more, as after its caller was interrupted. @throws ToolFailed when that takes longer than a minute. */
export async function awaitWriter(system: System, { node, word }: BlockTarget): Promise<void> {
  await runScriptOn(system, node, { text: AWAIT_WRITER, values: [lockFile(word)] })
}

/** Removes the file $1 when nobody has locked it any more. */
export const AWAIT_WRITER = script`
[ ! -e "$1" ] || flock --timeout 60 "$1" rm -f -- "$1" || { echo "something still writes to the device of $1" >&2; exit 1; }
`

const lockFile = (word: string) => `${RUN_DIRECTORY}/filling-${word}`

/** @throws RangeError where there are more or fewer bytes than the extents have. */
async function* framed(
  extents: readonly Extent[],
  bytes: AsyncIterable<Uint8Array>,
  onProgress: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  const pieces = [...piecesOf(extents, PART_BYTES)]
  const all = totalOf(extents)
  let [index, left, sent] = [0, 0, 0]
  for await (const chunk of bytes) {
    for (let at = 0; at < chunk.length; ) {
      if (left === 0) {
        const piece = pieces[index++]
        if (piece === undefined) throw new RangeError('there are more bytes than blocks')
        left = piece.length
        yield Buffer.from(`${piece.offset} ${piece.length}\n`)
      }
      const part = chunk.subarray(at, at + left)
      yield part
      at += part.length
      left -= part.length
      sent += part.length
    }
    onProgress(sent)
  }
  if (sent < all) throw new RangeError(`${all - sent} bytes are missing`)
  yield Buffer.from('end\n')
}
