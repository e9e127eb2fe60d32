import { promisify } from 'node:util'
import { zstdCompress } from 'node:zlib'
import { packTar } from 'modern-tar'

/** A file of an archive; only its owner may read it when it is unpacked. */
export interface ArchiveFile {
  readonly path: string
  readonly text: string
}

/** A tar archive of files in this order, compressed by zstd. */
export async function packArchive(files: readonly ArchiveFile[], time: Date): Promise<Uint8Array> {
  const entries = files.map(({ path, text }) => {
    const body = Buffer.from(text)
    return {
      header: { name: path, size: body.length, mode: 0o600, mtime: time, type: 'file' as const, uid: 0, gid: 0 },
      body,
    }
  })
  return promisify(zstdCompress)(await packTar(entries))
}
