import { readSync } from 'node:fs'

/*
 * The log of the device mapper's target log-writes: in the order in which they became durable, all writes to a device. What stands before
 * a flush in the log is on the disk after a power loss at that moment, even if the disk's cache is lost.
 * @see Linux, drivers/md/dm-log-writes.c, and Documentation/admin-guide/device-mapper/log-writes.rst
 */

const MAGIC = 0x6a736677736872n
const VERSION = 1n
const [FLUSH, FUA, DISCARD, MARK] = [1n, 2n, 4n, 8n]
/** Of the fields of an entry, and of the superblock. */
const HEAD_BYTES = 32

export interface Entry {
  readonly number: number
  /** Whether all before it, and it too, is durable. */
  readonly isDurable: boolean
  /** The text of a mark. */
  readonly mark: string | undefined
  readonly write: Write | undefined
}

export interface Write {
  /** In bytes. */
  readonly at: number
  /** Undefined for a discard. */
  readonly data: Buffer | undefined
  readonly length: number
}

/** The entries of a log in an open file. @throws RangeError if it is not such a log. */
export function* entriesIn(file: number): Generator<Entry> {
  const { count, sectorSize } = superblock(file)
  let sector = 1
  for (let number = 0; number < count; number += 1) {
    const head = bytesAt(file, sector * sectorSize, sectorSize)
    const [at, sectors, flags, textLength] = [0, 8, 16, 24].map(offset => head.readBigUInt64LE(offset))
    if (at === undefined || sectors === undefined || flags === undefined || textLength === undefined) return
    const length = Number(sectors) * sectorSize
    const isDiscard = (flags & DISCARD) !== 0n
    const isMark = (flags & MARK) !== 0n
    const data = isDiscard || length === 0 ? undefined : bytesAt(file, (sector + 1) * sectorSize, length)
    yield {
      number,
      isDurable: (flags & (FLUSH | FUA)) !== 0n,
      mark: isMark ? head.toString('utf8', HEAD_BYTES, HEAD_BYTES + Number(textLength)) : undefined,
      write: length === 0 ? undefined : { at: Number(at) * sectorSize, data, length },
    }
    sector += 1 + (isDiscard ? 0 : Number(sectors))
  }
}

function superblock(file: number): { count: number; sectorSize: number } {
  const block = bytesAt(file, 0, HEAD_BYTES)
  const [magic, version, count] = [0, 8, 16].map(offset => block.readBigUInt64LE(offset))
  if (magic !== MAGIC || version !== VERSION) throw new RangeError('this is not a log of dm-log-writes, version 1')
  return { count: Number(count), sectorSize: block.readUInt32LE(24) }
}

/** @throws RangeError if the file ends before. */
function bytesAt(file: number, position: number, length: number): Buffer {
  const buffer = Buffer.alloc(length)
  let done = 0
  while (done < length) {
    const read = readSync(file, buffer, done, length - done, position + done)
    if (read === 0) throw new RangeError(`the log ends at ${position + done}, within an entry`)
    done += read
  }
  return buffer
}
