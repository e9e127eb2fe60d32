import { createHash } from 'node:crypto'

/** Reads bytes that come in pieces of any length. */
export interface ByteReader {
  /** Exactly that many bytes. @throws RangeError where fewer are left. */
  take(length: number): Promise<Buffer>
  /** That many bytes, in pieces as they come. @throws RangeError where fewer are left. */
  pieces(length: number): AsyncGenerator<Uint8Array>
  /** What has been read so far. */
  digest(): { readonly bytes: number; readonly sha256: string }
  /** @throws RangeError where there is more. */
  expectEnd(): Promise<void>
  /** Gives up the rest. */
  close(): Promise<void>
}

/** What is wrong with an archive that was cut off. */
export const ENDS_EARLY = 'it ends early'

export function byteReader(source: AsyncIterable<Uint8Array>): ByteReader {
  const iterator = source[Symbol.asyncIterator]()
  const hash = createHash('sha256')
  let rest: Uint8Array = new Uint8Array()
  let length = 0
  const more = async () => {
    while (rest.length === 0) {
      const { done, value } = await iterator.next()
      if (done) return false
      rest = value
    }
    return true
  }
  const pieces = async function* (wanted: number) {
    for (let left = wanted; left > 0; ) {
      if (!(await more())) throw new RangeError(ENDS_EARLY)
      const piece = rest.subarray(0, left)
      rest = rest.subarray(piece.length)
      hash.update(piece)
      length += piece.length
      left -= piece.length
      yield piece
    }
  }
  return {
    pieces,
    take: async wanted => Buffer.concat(await Array.fromAsync(pieces(wanted))),
    digest: () => ({ bytes: length, sha256: hash.copy().digest('hex') }),
    expectEnd: async () => {
      if (await more()) throw new RangeError('there is something after its end')
    },
    close: async () => {
      await iterator.return?.()
    },
  }
}
