import type { BlockMap } from './free-blocks.ts'

/** A part of a device, in bytes. */
export interface Extent {
  readonly offset: number
  readonly length: number
}

/** What is read and written at once begins and ends at multiples of this: fewer, larger parts, of which what is free is blank. */
export const UNIT_BYTES = 2 ** 20

/** The parts of a device that hold a file system, without those in which all is free: whole units, except at the end of the file system. */
export function usedExtents(map: BlockMap): Extent[] {
  const end = bytesOf(map)
  const extents: Extent[] = []
  const add = (from: number, to: number) => {
    if (to > from) extents.push({ offset: from, length: to - from })
  }
  let next = 0
  for (const [first, last] of map.free) {
    const from = Math.ceil((first * map.blockBytes) / UNIT_BYTES) * UNIT_BYTES
    const freeEnd = (last + 1) * map.blockBytes
    // the last unit is not whole
    const to = freeEnd === end ? end : Math.floor(freeEnd / UNIT_BYTES) * UNIT_BYTES
    if (to <= from) continue
    add(next, from)
    next = to
  }
  add(next, end)
  return extents
}

/** The size of a file system. */
export function bytesOf({ blocks, blockBytes }: Pick<BlockMap, 'blocks' | 'blockBytes'>): number {
  return blocks * blockBytes
}

/** Whether extents are parts of a device of that size, in order and apart from each other; the first begins with the superblock. */
export function areExtents(extents: readonly Extent[], sizeBytes: number): boolean {
  let next = 0
  for (const { offset, length } of extents) {
    if (offset < next || length <= 0 || offset + length > sizeBytes) return false
    next = offset + length
  }
  return extents[0]?.offset === 0
}

/** The size of all of them. */
export function totalOf(extents: readonly Extent[]): number {
  return extents.reduce((sum, { length }) => sum + length, 0)
}

/** Extents of at most that length, with the same bytes. */
export function* piecesOf(extents: readonly Extent[], most: number): Generator<Extent> {
  for (const { offset, length } of extents)
    for (let done = 0; done < length; done += most)
      yield { offset: offset + done, length: Math.min(most, length - done) }
}

/**
 * Makes blank what is free of bytes that follow each other in extents: what was deleted, which nobody needs. Each call is about the next ones,
 * and changes them.
 */
export function blanking({ free, blockBytes }: BlockMap, extents: readonly Extent[]): (bytes: Uint8Array) => void {
  let [extent, done, run] = [0, 0, 0]
  const blank = (bytes: Uint8Array, offset: number) => {
    const end = offset + bytes.length
    for (; run < free.length; run += 1) {
      const [first = 0, last = 0] = free[run] ?? []
      if (first * blockBytes >= end) return
      const runEnd = (last + 1) * blockBytes
      bytes.fill(0, Math.max(0, first * blockBytes - offset), Math.max(0, Math.min(bytes.length, runEnd - offset)))
      if (runEnd > end) return
    }
  }
  return bytes => {
    for (let at = 0; at < bytes.length; ) {
      const { offset, length } = extents[extent] ?? { offset: Number.POSITIVE_INFINITY, length: 0 }
      const part = bytes.subarray(at, at + length - done)
      if (part.length === 0) throw new RangeError('more bytes than the extents have')
      blank(part, offset + done)
      at += part.length
      done += part.length
      if (done === length) [extent, done] = [extent + 1, 0]
    }
  }
}
