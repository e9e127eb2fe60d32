import { createGunzip } from 'node:zlib'
import { type System, type Tool, ToolFailed } from '../../../system/system.ts'
import { ENDS_EARLY } from '../../clouds/archive/byte-reader.ts'
import { decompressed, through } from '../../clouds/archive/zstd.ts'

const xz: Tool = { name: 'xz', package: 'xz-utils' }

/** tar ends with two blocks of zeros; what is cut off between two members reads as whole otherwise. */
const END_BYTES = 1024
/** Where "ustar" is in the first header (POSIX.1-2008, pax, "ustar Interchange Format"). */
const MAGIC_AT = 257
const MAGIC = 'ustar'

/** The bytes of a tar archive, whatever it was compressed by. @throws RangeError that says what is wrong with it. */
export async function* tarBytes(
  system: System,
  packed: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const { head, bytes } = await begun(packed)
  const decompress = compressionOf(head)
  const plain = decompress === undefined ? bytes : decompress(system, bytes, signal)
  try {
    if (decompress === undefined)
      requireTar(head, 'it is neither a tar archive, nor one that was compressed by gzip, xz or zstd')
    yield* whole(plain)
  } finally {
    await bytes.return()
  }
}

type Decompress = (system: System, bytes: AsyncIterable<Uint8Array>, signal: AbortSignal) => AsyncIterable<Uint8Array>

/** By the first bytes, in hexadecimal digits. */
const COMPRESSIONS: readonly (readonly [digits: string, decompress: Decompress])[] = [
  ['1f8b', (_, bytes) => gunzipped(bytes)],
  ['28b52ffd', (_, bytes) => decompressed(bytes)],
  ['fd377a585a00', unxz],
]

function compressionOf(head: Buffer): Decompress | undefined {
  const digits = head.toString('hex')
  return COMPRESSIONS.find(([first]) => digits.startsWith(first))?.[1]
}

/** @throws RangeError */
function requireTar(head: Buffer, complaint: string): void {
  if (head.length === 0) throw new RangeError('it is empty')
  if (head.toString('latin1', MAGIC_AT) !== MAGIC) throw new RangeError(complaint)
}

async function* gunzipped(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* through(bytes, createGunzip())
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (code === 'Z_BUF_ERROR') throw new RangeError(ENDS_EARLY, { cause: error })
    throw code.startsWith('Z_') ? new RangeError(`it is damaged (${code})`, { cause: error }) : error
  }
}

/** Node.js does not have this one. */
async function* unxz(system: System, input: AsyncIterable<Uint8Array>, signal: AbortSignal) {
  const finished = yield* system.stream(xz, ['--decompress', '--stdout'], { input, signal, looks: true })
  if (finished.status !== 0) throw new RangeError(`it is damaged or ends early (${new ToolFailed(finished).message})`)
}

/** @throws RangeError for what is no tar archive, or is cut off. */
async function* whole(plain: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { head, bytes } = await begun(plain)
  requireTar(head, 'what is compressed in it is not a tar archive')
  let end = Buffer.alloc(0)
  for await (const piece of bytes) {
    yield piece
    end = Buffer.concat([end, piece.subarray(-END_BYTES)]).subarray(-END_BYTES)
  }
  if (end.length < END_BYTES || end.some(byte => byte !== 0)) throw new RangeError(ENDS_EARLY)
}

/** What the first bytes of a source say, and all of its bytes, which are to be closed by whoever gets them. */
async function begun(source: AsyncIterable<Uint8Array>) {
  const iterator = source[Symbol.asyncIterator]()
  const pieces: Uint8Array[] = []
  let length = 0
  while (length < MAGIC_AT + MAGIC.length) {
    const { done, value } = await iterator.next()
    if (done) break
    pieces.push(value)
    length += value.length
  }
  const head = Buffer.concat(pieces)
  const bytes = async function* () {
    try {
      yield head
      for (let found = await iterator.next(); !found.done; found = await iterator.next()) yield found.value
    } finally {
      await iterator.return?.()
    }
  }
  return { head: head.subarray(0, MAGIC_AT + MAGIC.length), bytes: bytes() }
}
