import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { areExtents, blanking, piecesOf, totalOf, usedExtents } from '../../../../../system/nodes/blocks/extents.ts'
import { blockMapParser } from '../../../../../system/nodes/blocks/free-blocks.ts'
import { IDENTITY } from '../../../../../system/nodes/blocks/identity.ts'
import { READ_PARTS } from '../../../../../system/nodes/blocks/read-blocks.ts'
import { AWAIT_WRITER, WRITE_PARTS } from '../../../../../system/nodes/blocks/write-blocks.ts'
import { BEING_READ } from '../../../../../system/nodes/snapshots/being-read.ts'

const MIB = 2 ** 20

/** dumpe2fs 1.47.0 of a file system of 20 MiB with blocks of 1 KiB, abridged. */
const DUMP = `Filesystem volume name:   <none>
Filesystem features:      has_journal ext_attr resize_inode dir_index filetype sparse_super large_file
Block count:              20480
Free blocks:              10000
First block:              1
Block size:               1024

Group 0: (Blocks 1-8192)
  Primary superblock at 1, Group descriptors at 2-2
  Block bitmap at 81 (+80)
  100 free blocks, 1269 free inodes, 2 directories
  Free blocks: 8093-8192
  Free inodes: 12-1280
Group 1: (Blocks 8193-16384)
  7003 free blocks, 1280 free inodes, 0 directories
  Free blocks: 8193-15192, 15300, 15302-15303
  Free inodes: 1281-2560
Group 2: (Blocks 16385-20479)
  1000 free blocks, 1280 free inodes, 0 directories
  Free blocks: 19480-20479
`

function parsed(text: string, length = text.length) {
  const parser = blockMapParser()
  for (let at = 0; at < text.length; at += length) parser.add(text.slice(at, at + length))
  return parser.end()
}

describe('the free blocks of a file system', () => {
  const map = {
    ...{ blockBytes: 1024, blocks: 20_480 },
    free: [
      [8093, 15_192],
      [15_300, 15_300],
      [15_302, 15_303],
      [19_480, 20_479],
    ],
  }

  test.each([1, 7, 1000])('are read in pieces of %i characters, across groups', length => {
    expect(parsed(DUMP, length)).toEqual(map)
  })

  test.each([
    ['cut off', DUMP.slice(0, DUMP.indexOf('Group 2')), 'the list of its groups is incomplete'],
    ['empty', '', 'it is no ext file system'],
    ['without a group', DUMP.replace(/Group 1.*(?=Group 2)/s, ''), 'expected the group of block 8193'],
    ['with a count that differs', DUMP.replace('7003', '7004'), 'counts 7004 free blocks, and lists 7003'],
    ['out of order', DUMP.replace('15300, 15302-15303', '15302-15303, 15300'), 'is not a range of free blocks there'],
    [
      'with a block of another group',
      DUMP.replace('15302-15303', '16384-16385'),
      'is not a range of free blocks there',
    ],
    ['with words', DUMP.replace('15300,', 'all,'), 'is not a range of free blocks there'],
    ['with a journal', DUMP.replace('large_file', 'large_file needs_recovery'), 'its journal has not been replayed'],
    ['of clusters', DUMP.replace('large_file', 'bigalloc'), 'its bitmaps are about clusters of blocks (bigalloc)'],
  ])('%s are refused', (_, text, why) => {
    expect(() => parsed(text)).toThrow(why)
  })
})

describe('the extents that are used', () => {
  const map = parsed(DUMP)

  test('are whole units, up to the end of the file system', () => {
    // 8093 KiB is in unit 7, 15193 KiB in unit 14, 19480 KiB in unit 19, which is the last one
    expect(usedExtents(map)).toEqual([
      { offset: 0, length: 8 * MIB },
      { offset: 14 * MIB, length: 6 * MIB },
    ])
    expect(usedExtents({ ...map, free: [[19_000, 20_479]] })).toEqual([{ offset: 0, length: 19 * MIB }])
    // it ends in the middle of a unit
    const odd = { blockBytes: 1024, blocks: 20_000, free: [] }
    expect(usedExtents(odd)).toEqual([{ offset: 0, length: 20_000 * 1024 }])
    expect(usedExtents({ ...odd, free: [[19_456, 19_999]] })).toEqual([{ offset: 0, length: 19 * MIB }])
    expect(usedExtents({ ...odd, free: [[19_457, 19_999]] })).toEqual([{ offset: 0, length: 20_000 * 1024 }])
  })

  test('cover every block that is used, and no byte of the others is kept', () => {
    let seed = 1
    const random = (below: number) => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed % below
    }
    for (let round = 0; round < 50; round += 1) {
      const blocks = 4000 + random(4000)
      const free: [number, number][] = []
      for (let at = 1 + random(900); at < blocks; at += 2 + random(900)) {
        const last = Math.min(blocks - 1, at + random(2500))
        free.push([at, last])
        at = last
      }
      const made = { blockBytes: 1024, blocks, free }
      const extents = usedExtents(made)
      expect(areExtents(extents, blocks * 1024)).toBe(true)
      const bytes = Buffer.alloc(totalOf(extents), 1)
      const blank = blanking(made, extents)
      for (let at = 0; at < bytes.length; at += 77_777) blank(bytes.subarray(at, at + 77_777))
      const isFree = (block: number) => free.some(([first, last]) => first <= block && block <= last)
      const device = Buffer.alloc(blocks * 1024)
      let from = 0
      for (const { offset, length } of extents) {
        bytes.copy(device, offset, from, from + length)
        from += length
      }
      const wrong = Array.from({ length: blocks }, (_, block) => block).filter(
        block =>
          device[block * 1024] !== (isFree(block) ? 0 : 1) || device[block * 1024] !== device[block * 1024 + 1023],
      )
      expect(wrong).toEqual([])
    }
  })

  test('are cut into pieces', () => {
    expect([
      ...piecesOf(
        [
          { offset: 5, length: 7 },
          { offset: 20, length: 2 },
        ],
        3,
      ),
    ]).toEqual([
      { offset: 5, length: 3 },
      { offset: 8, length: 3 },
      { offset: 11, length: 1 },
      { offset: 20, length: 2 },
    ])
  })

  test.each([
    ['none', []],
    ['without the first', [{ offset: 1, length: 1 }]],
    [
      'that overlap',
      [
        { offset: 0, length: 2 },
        { offset: 1, length: 2 },
      ],
    ],
    ['behind the end', [{ offset: 0, length: 11 }]],
    ['empty', [{ offset: 0, length: 0 }]],
  ])('%s are no extents', (_, extents) => {
    expect(areExtents(extents, 10)).toBe(false)
  })
})

let directory = ''
beforeEach(() => {
  const made = mkdtempSync(join(tmpdir(), 'vhacs-blocks-'))
  directory = made
  onTestFinished(() => rmSync(made, { recursive: true }))
})

/** A script on files instead of devices. */
function runScript(text: string, values: readonly string[], input: string | Uint8Array = '') {
  const here = text
    .replace('/sys/class/block/', `${directory}/sys-`)
    .replace('[ -b', '[ -f')
    .replace('-p /run', `-p ${directory}`)
    .replace('iflag=direct', '')
  return spawnSync('sh', ['-c', here, 'sh', ...values], { input, maxBuffer: 64 * MIB })
}

describe('the script that reads parts of a device', () => {
  /** A device of 4 MiB. */
  const device = (identity = 'LVM-1') => {
    const bytes = randomBytes(4 * MIB)
    const path = join(directory, 'device')
    writeFileSync(path, bytes)
    mkdirSync(join(directory, 'sys-device', 'dm'), { recursive: true })
    writeFileSync(join(directory, 'sys-device', 'dm', 'uuid'), `${identity}\n`)
    return { bytes, path }
  }

  test('prints them, and leaves no file', () => {
    const { bytes, path } = device()
    expect(String(runScript(IDENTITY, [path]).stdout)).toBe('LVM-1\n')
    const { status, stdout } = runScript(READ_PARTS, [path, 'LVM-1'], '3 1\n0 2\n')
    expect(status).toBe(0)
    expect(stdout.equals(Buffer.concat([bytes.subarray(3 * MIB), bytes.subarray(0, 2 * MIB)]))).toBe(true)
    expect(readdirSync(directory)).toEqual(['device', 'sys-device'])
  })

  test.each([
    ['a part behind the end', '3 2\n', 'LVM-1', /device ends before its file system/],
    ['another volume of that name', '0 1\n', 'LVM-2', /device has been replaced by another volume/],
  ])('fails for %s', (_, input, identity, why) => {
    const { status, stderr } = runScript(READ_PARTS, [device().path, identity], input)
    expect([status, stderr.toString()]).toEqual([1, expect.stringMatching(why)])
  })

  test('fails for a device that is gone', () => {
    const { status, stderr } = runScript(READ_PARTS, [join(directory, 'device'), 'LVM-1'], '0 1\n')
    expect([status, stderr.toString()]).toEqual([1, expect.stringMatching(/No such file/)])
  })
})

describe('the script that writes parts of a device', () => {
  const framed = (parts: readonly (readonly [number, Uint8Array])[], end = 'end\n') =>
    Buffer.concat([
      ...parts.flatMap(([offset, bytes]) => [Buffer.from(`${offset} ${bytes.length}\n`), bytes]),
      Buffer.from(end),
    ])
  const files = () => ({ device: join(directory, 'device'), lock: join(directory, 'run', 'lock') })

  test('writes them where they belong, and nothing else', () => {
    const { device, lock } = files()
    writeFileSync(device, Buffer.alloc(6 * MIB, 7))
    const [one, other] = [randomBytes(2 * MIB + 1024), randomBytes(1536)]
    const { status, stderr } = runScript(
      WRITE_PARTS,
      [device, lock],
      framed([
        [0, one],
        [5 * MIB + 512, other],
      ]),
    )
    expect([status, stderr.toString()]).toEqual([0, ''])
    const expected = Buffer.alloc(6 * MIB, 7)
    one.copy(expected, 0)
    other.copy(expected, 5 * MIB + 512)
    expect(readFileSync(device).equals(expected)).toBe(true)
    expect(runScript(AWAIT_WRITER, [lock]).status).toBe(0)
    expect(readdirSync(join(directory, 'run'))).toEqual([])
    // nothing to wait for
    expect(runScript(AWAIT_WRITER, [lock]).status).toBe(0)
  })

  test.each([
    ['in a part', (bytes: Buffer) => bytes.subarray(0, 3000)],
    ['after a part', (bytes: Buffer) => bytes.subarray(0, -4)],
    ['in the last line', (bytes: Buffer) => bytes.subarray(0, -2)],
  ])('fails when the content ends %s', (_, cut) => {
    const { device, lock } = files()
    writeFileSync(device, Buffer.alloc(MIB))
    const { status, stderr } = runScript(WRITE_PARTS, [device, lock], cut(framed([[0, randomBytes(5000)]])))
    expect([status, stderr.toString()]).toEqual([1, expect.stringContaining('ended early')])
  })

  test('creates no file where the device is missing', () => {
    const { device, lock } = files()
    const { status, stderr } = runScript(WRITE_PARTS, [device, lock], framed([[0, randomBytes(10)]]))
    expect([status, stderr.toString()]).toEqual([1, expect.stringContaining('is not a block device')])
    expect(readdirSync(directory)).toEqual([])
  })
})

test('what reads a snapshot is found by its device, and what looks for it is not', () => {
  mkdtempSync(join(directory, '1-'))
  const asks = (args: readonly string[]) => {
    const root = mkdtempSync(join(directory, 'proc-'))
    spawnSync('mkdir', [join(root, '42')])
    writeFileSync(join(root, '42', 'cmdline'), args.map(arg => `${arg}\0`).join(''))
    return runScript(BEING_READ.replace('/proc/', `${root}/`), ['/dev/vhacs', 'c0.copy-1']).status
  }
  expect(asks(['sh', '-c', 'while read\ndone', 'sh', '/dev/vhacs/c0.copy-1'])).toBe(0)
  expect(asks(['sh', '-s', '--', '/dev/vhacs', 'c0.copy-1'])).toBe(1)
  expect(asks(['dumpe2fs', '/dev/vhacs/c0.copy-10'])).toBe(1)
})
