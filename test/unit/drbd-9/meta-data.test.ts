import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'

/* What docs/drbd-9.md says of a conversion, with the drbdmeta that is installed; on a file, which drbdmeta takes only with --force. */

const TOOL = '/usr/sbin/drbdmeta'
const isUsable = existsSync(TOOL) && process.getuid?.() === 0 && !existsSync('/proc/drbd')

/** A side that has all data and lacks its peer, 100 MiB large. */
const OF_84 = `version "v08";
uuid {
    0x1111111111111110; 0x2222222222222222; 0x3333333333333332; 0x4444444444444444;
    flags 0x00000011;
}
la-size-sect 204720;
bm-byte-per-bit 4096;
device-uuid 0x5555555555555555;
la-peer-max-bio-size 1048576;
al-stripes 1;
al-stripe-size-4k 8;
bm {
    0xFFFFFFFFFFFFFFFF; 511 times 0x0000000000000000;
}
`
const MIB = 2 ** 20
const BLOCK = 4096

function emptyDisk() {
  const directory = mkdtempSync(join(tmpdir(), 'drbd-meta-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const disk = join(directory, 'disk')
  writeFileSync(disk, '')
  truncateSync(disk, 100 * MIB)
  const drbdmeta = (format: string, ...args: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(TOOL, ['--force', '998', format, disk, 'internal', ...args], {
      encoding: 'utf8',
    })
    return { status, stdout, said: stderr }
  }
  return { disk, directory, drbdmeta }
}

/** A disk with meta-data of DRBD 8.4, as they are after a stop in good order. */
function diskOf84() {
  const made = emptyDisk()
  const { directory, drbdmeta } = made
  const dump = join(directory, 'dump')
  writeFileSync(dump, OF_84)
  for (const args of [['create-md'], ['restore-md', dump], ['apply-al']])
    expect([args[0], drbdmeta('v08', ...args).status]).toEqual([args[0], 0])
  return made
}

const blocksThatDiffer = (before: Buffer, after: Buffer) =>
  Array.from({ length: before.length / BLOCK }, (_, block) => block).filter(block => {
    const [from, to] = [block * BLOCK, (block + 1) * BLOCK]
    return !before.subarray(from, to).equals(after.subarray(from, to))
  })
/** Current generation, bitmap's, history, and whether the data are consistent and were up to date. */
const generations = (text: string) => text.trim().split(':').slice(0, 6)
const partOf = (text: string, pattern: RegExp) => text.split('\n').filter(line => pattern.test(line))

describe.skipIf(!isUsable)('drbdmeta', () => {
  test('converts to the form of 9 and back by writing the last block, in the same room; the bitmap UUID is lost', () => {
    const { disk, drbdmeta } = diskOf84()
    const [before, old] = [readFileSync(disk), drbdmeta('v08', 'dump-md').stdout]
    expect(generations(drbdmeta('v08', 'get-gi').stdout)[1]).toBe('2222222222222222')

    const { status, said } = drbdmeta('v09', 'create-md', '1')
    expect(said).toContain('Valid v08 meta-data found, convert to v09?')
    expect(status).toBe(0)
    expect(blocksThatDiffer(before, readFileSync(disk))).toEqual([(100 * MIB) / BLOCK - 1])
    const kept = ['1111111111111110', '0000000000000000', '3333333333333332', '4444444444444444', '1', '1']
    expect(generations(drbdmeta('v09', 'get-gi', '--node-id', '0').stdout)).toEqual(kept)
    const dump = drbdmeta('v09', 'dump-md').stdout
    expect(dump).toContain('\nnode-id -1;\n')
    const same = /^(# (md|al|bm)_offset|la-size-sect|# bits-set| {4}0xF)/
    expect(partOf(dump, same)).toEqual(partOf(old, same))
    expect(partOf(dump, same)).toHaveLength(6)

    expect(drbdmeta('v08', 'create-md').said).toContain('Valid v09 meta-data found, convert to v08?')
    expect(generations(drbdmeta('v08', 'get-gi').stdout)).toEqual(kept)
    expect(partOf(drbdmeta('v08', 'dump-md').stdout, same)).toEqual(partOf(old, same))
  })

  test('tells by get-gi which form there is, as the agent asks it', () => {
    const { drbdmeta } = diskOf84()
    const answers = () => [drbdmeta('v08', 'get-gi').status, drbdmeta('v09', 'get-gi', '--node-id', '0').status]
    expect(answers()).toEqual([0, 1])
    drbdmeta('v09', 'create-md', '1')
    expect(answers()).toEqual([1, 0])
  })

  test('makes new ones without a question where it finds none, if it is forced', () => {
    const { drbdmeta } = emptyDisk()
    expect(drbdmeta('v08', 'get-gi').status).toBe(1)
    const { status, said } = drbdmeta('v09', 'create-md', '1')
    expect({ status, asks: said.includes('?') }).toEqual({ status: 0, asks: false })
  })

  test('makes no room for a third node by a conversion', () => {
    const { drbdmeta } = diskOf84()
    drbdmeta('v09', 'create-md', '2')
    expect(drbdmeta('v09', 'dump-md').stdout).toContain('\nmax-peers 1;\n')
  })
})
