import { pipeline, Readable, type Transform } from 'node:stream'
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib'
import { ENDS_EARLY } from './byte-reader.ts'

/** The bytes, compressed by zstd with checksums. */
export function compressed(bytes: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  return through(bytes, createZstdCompress({ params: { [constants.ZSTD_c_checksumFlag]: 1 } }))
}

/** The bytes that were compressed. @throws RangeError for what zstd did not make, or what is not all of it. */
export async function* decompressed(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* through(bytes, createZstdDecompress())
  } catch (error) {
    throw inWords(error)
  }
}

/** An error of the bytes becomes that of the result; leaving the loop ends both. */
export function through(bytes: AsyncIterable<Uint8Array>, transform: Transform): Transform {
  return pipeline(Readable.from(bytes, { objectMode: false }), transform, () => undefined)
}

function inWords(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'Z_BUF_ERROR') return new RangeError(ENDS_EARLY, { cause: error })
  if (code === 'ZSTD_error_prefix_unknown') return new RangeError('it is not compressed by zstd', { cause: error })
  return code.startsWith('ZSTD_') ? new RangeError(`it is damaged (${code})`, { cause: error }) : error
}
