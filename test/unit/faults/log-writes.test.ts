import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { type Entry, entriesIn } from '../../faults/power/log-writes.ts'

const SECTOR = 512
const [FLUSH, FUA, DISCARD, MARK] = [1, 2, 4, 8]
const directory = mkdtempSync(join(tmpdir(), 'vhacs-log-writes-'))
afterAll(() => rmSync(directory, { recursive: true }))

function head(...numbers: readonly number[]): Buffer {
  const sector = Buffer.alloc(SECTOR)
  for (const [index, number] of numbers.entries()) sector.writeBigUInt64LE(BigInt(number), index * 8)
  return sector
}

function superblock(count: number, magic = 0x6a736677736872n): Buffer {
  const sector = head(0, 1, count, SECTOR)
  sector.writeBigUInt64LE(magic)
  return sector
}

function marked(text: string): Buffer {
  const sector = head(0, 0, MARK, text.length)
  sector.write(text, 32)
  return sector
}

function read(...parts: readonly Buffer[]): Entry[] {
  const path = join(directory, 'log')
  writeFileSync(path, Buffer.concat(parts))
  const file = openSync(path, 'r')
  try {
    return [...entriesIn(file)]
  } finally {
    closeSync(file)
  }
}

test('a log has writes, flushes, marks and discards, in the order in which they became durable', () => {
  const data = Buffer.alloc(2 * SECTOR, 'x')
  const entries = read(
    ...[superblock(5), head(8, 2, 0, 0), data, head(0, 0, FLUSH, 0), marked('ack 7')],
    ...[head(3, 1, FUA, 0), Buffer.alloc(SECTOR, 'y'), head(16, 4, DISCARD, 0)],
  )
  expect(entries).toEqual([
    { number: 0, isDurable: false, mark: undefined, write: { at: 4096, data, length: 1024 } },
    { number: 1, isDurable: true, mark: undefined, write: undefined },
    { number: 2, isDurable: false, mark: 'ack 7', write: undefined },
    {
      number: 3,
      isDurable: true,
      mark: undefined,
      write: { at: 1536, data: Buffer.alloc(SECTOR, 'y'), length: SECTOR },
    },
    { number: 4, isDurable: false, mark: undefined, write: { at: 8192, data: undefined, length: 2048 } },
  ])
})

test.each<[string, Buffer[]]>([
  ['another file', [superblock(1, 1n)]],
  ['a log that ends early', [superblock(2), head(8, 2, 0, 0)]],
])('%s is refused', (_, parts) => {
  expect(() => read(...parts)).toThrow(RangeError)
})
