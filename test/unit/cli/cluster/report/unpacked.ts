import { zstdDecompressSync } from 'node:zlib'
import { unpackTar } from 'modern-tar'
import type { FakeSystem } from '../../../../fake/system.ts'

/** The texts of a report by their paths below its directory, in the order of the archive. */
export async function unpacked(system: FakeSystem, path: string): Promise<Map<string, string>> {
  const bytes = Buffer.from(system.read(path), 'latin1')
  const entries = await unpackTar(zstdDecompressSync(bytes))
  return new Map(
    entries.map(({ header, data }) => {
      if (header.type !== 'file') throw new Error(`${header.name} is a ${header.type}`)
      const [, below] = /^vhacs-report-\d{8}-\d{6}\/(.+)$/.exec(header.name) ?? []
      if (below === undefined) throw new Error(`${header.name} is not in the directory of the report`)
      return [below, Buffer.from(data ?? []).toString()]
    }),
  )
}
