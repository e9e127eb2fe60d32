import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { mapText } from '../../../../../cli/clouds/archive/layout.ts'
import { openArchive } from '../../../../../cli/clouds/archive/read-archive.ts'
import { writeArchive } from '../../../../../cli/clouds/archive/write-archive.ts'
import { compressed, decompressed } from '../../../../../cli/clouds/archive/zstd.ts'

const MIB = 2 ** 20
const content = randomBytes(MIB + 3072)
const head = {
  facts: {
    ...{ storage: 'mail1', snapshot: 'monday', cluster: 'berlin', takenAt: new Date('2026-11-30T10:15:00Z') },
    ...{ volumeBytes: 16 * MIB, fileSystemBytes: 15 * MIB + 3072 },
  },
  entry: 'clouds:\n  - name: mail1\n    size: 16M\n',
  extents: [
    { offset: 0, length: MIB },
    { offset: 15 * MIB, length: 3072 },
  ],
}

async function* inPieces(bytes: Uint8Array, length: number) {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
}

const all = async (bytes: AsyncIterable<Uint8Array>) => Buffer.concat(await Array.fromAsync(bytes))
const plain = await all(writeArchive(head, inPieces(content, 70_001)))
const packed = await all(compressed(inPieces(plain, 65_536)))

/** All that an import reads. */
async function read(archive: AsyncIterable<Uint8Array>) {
  const { facts, entry, extents, content: body } = await openArchive(archive)
  return { head: { facts, entry, extents }, content: await all(body()) }
}

test('an archive is read as it was written, whatever the pieces', async () => {
  for (const length of [1_000_000, 511]) expect(await read(inPieces(plain, length))).toEqual({ head, content })
  expect(await read(decompressed(inPieces(packed, 65_536)))).toEqual({ head, content })
})

test('a file system whose end is used has no part after that', async () => {
  const whole = { ...head, facts: { ...head.facts, fileSystemBytes: MIB }, extents: [{ offset: 0, length: MIB }] }
  const bytes = content.subarray(0, MIB)
  expect((await read(writeArchive(whole, inPieces(bytes, 9999)))).head.extents).toEqual(whole.extents)
})

test('one of more than 8 GiB is, too, as far as it was read', async () => {
  const fileSystemBytes = 9 * 2 ** 30
  const large = {
    ...head,
    facts: { ...head.facts, fileSystemBytes },
    extents: [{ offset: 0, length: fileSystemBytes }],
  }
  const archive = await openArchive(writeArchive(large, inPieces(content, MIB)))
  expect(archive.extents).toEqual(large.extents)
  await archive.close()
})

test('tar and zstd alone get the file system out of it', () => {
  const directory = mkdtempSync(join(tmpdir(), 'vhacs-archive-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  writeFileSync(join(directory, 'x.tar.zst'), packed)
  const { status, stderr } = spawnSync('sh', ['-c', 'zstd -dqc x.tar.zst | tar -xf -'], { cwd: directory })
  expect([status, stderr.toString()]).toEqual([0, ''])
  const image = readFileSync(join(directory, 'mail1.img'))
  expect(image.length).toBe(15 * MIB + 3072)
  expect(image.subarray(0, MIB).equals(content.subarray(0, MIB))).toBe(true)
  expect(image.subarray(15 * MIB).equals(content.subarray(MIB))).toBe(true)
  expect(statSync(join(directory, 'mail1.img')).mode & 0o777).toBe(0o600)
  expect(readFileSync(join(directory, 'clouds.yaml'), 'utf8')).toBe(head.entry)
})

/** Where members, headers and contents begin and end, and what is beside that. */
const boundaries = () => {
  const begin = plain.indexOf('GNUSparseFile.0/') + 512
  const end = plain.indexOf('end.json')
  return [
    0,
    512,
    1024,
    1536,
    2048,
    begin - 1024,
    begin - 512,
    begin,
    begin + 512,
    end,
    end + 512,
    end + 1024,
    end + 1536,
  ]
}

describe('an archive that ends early is noticed', () => {
  const cuts = boundaries().flatMap(place => [place - 1, place, place + 1].filter(at => at >= 0 && at < plain.length))

  test.each(cuts)('at byte %i', async cut => {
    await expect(read(inPieces(plain.subarray(0, cut), 65_536))).rejects.toThrow(new RangeError('it ends early'))
  })

  test.each([0, 1, 4, 5, 100, 1000, packed.length - 5, packed.length - 1])('compressed, at byte %i', async cut => {
    const archive = decompressed(inPieces(packed.subarray(0, cut), 65_536))
    await expect(read(archive)).rejects.toThrow(new RangeError('it ends early'))
  })

  test('with its content', async () => {
    const short = writeArchive(head, inPieces(content.subarray(1), 65_536))
    await expect(read(short)).rejects.toThrow('1 bytes of the content are missing')
    const long = writeArchive(head, inPieces(Buffer.concat([content, Buffer.alloc(1)]), 65_536))
    await expect(read(long)).rejects.toThrow('the content is longer than its extents')
  })
})

describe('an archive that was altered is noticed', () => {
  const places = boundaries().flatMap(place => [place, place + 3, place + 130].filter(at => at < plain.length))

  test.each([...places, plain.length - 1])('at byte %i', async at => {
    const altered = Buffer.from(plain)
    altered[at] = (altered[at] ?? 0) ^ 0x10
    await expect(read(inPieces(altered, 65_536))).rejects.toThrow(RangeError)
  })

  test('compressed, wherever it is', async () => {
    for (let at = 0; at < packed.length; at += Math.floor(packed.length / 40)) {
      const altered = Buffer.from(packed)
      altered[at] = (altered[at] ?? 0) ^ 0x10
      const found = await read(decompressed(inPieces(altered, 65_536))).catch((error: unknown) => error)
      // some bits of zstd's own header mean nothing
      if (!(found instanceof RangeError)) expect(found).toEqual({ head, content })
    }
  })

  test('by something after its end', async () => {
    await expect(read(inPieces(Buffer.concat([plain, plain]), 65_536))).rejects.toThrow(
      'there is something after its end',
    )
  })
})

test.each([
  ['something else', Buffer.from('clouds: []\n'.repeat(200)), 'it is not an export of vhacs'],
  ['another tar archive', Buffer.from(plain).fill('y', 1, 2), 'it is not an export of vhacs'],
])('%s is refused', async (_, bytes, why) => {
  await expect(openArchive(inPieces(bytes, 65_536))).rejects.toThrow(new RangeError(why))
})

test('what is not compressed is refused', async () => {
  const words = inPieces(Buffer.from('clouds: []\n'.repeat(200)), 65_536)
  await expect(openArchive(decompressed(words))).rejects.toThrow(new RangeError('it is not compressed by zstd'))
})

test('an export of a newer version is refused', async () => {
  const text = plain.subarray(512, 1024).toString('latin1').replace('"version": 1', '"version": 2')
  const newer = Buffer.concat([plain.subarray(0, 512), Buffer.from(text, 'latin1'), plain.subarray(1024)])
  await expect(openArchive(inPieces(newer, 65_536))).rejects.toThrow(/^it has version 2 of the format/)
})

test.each([
  ['parts that overlap', '2\n0\n1048576\n1024\n1024\n'],
  ['a part behind the end', '1\n0\n99999999999\n'],
  ['words', 'x\n'],
  ['a number without an end', '1'.repeat(40)],
  ['too many parts', '99999999\n'],
])('a map with %s is refused', async (_, map) => {
  const at = plain.indexOf(mapText(head.extents, head.facts.fileSystemBytes))
  const altered = Buffer.from(plain)
  altered.write(map, at)
  await expect(openArchive(inPieces(altered, 65_536))).rejects.toThrow(new RangeError('it has been altered or damaged'))
})
