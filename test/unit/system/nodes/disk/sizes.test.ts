import { describe, expect, test } from 'vitest'
import { parseClientDisks } from '../../../../../system/nodes/disk/client-disk.ts'
import { coversVolume, drbdBytesOn, parseDrbdSizes } from '../../../../../system/nodes/disk/drbd-size.ts'

const MIB = 2 ** 20
const GIB = 2 ** 30

/** The superblock of a storage of 64 MiB, mounted: Debian 12, e2fsprogs 1.47.0; zeros at both ends are left out. */
const SUPERBLOCK = [
  '00400000d8ff0000ca0c0000a3da0000f53f000001000000000000000000000000200000002000000008000052250d6b',
  '52250d6b0100ffff53ef0100020000005d240d6b000000000000000001000000000000000b000000000100003c000000',
  '0600000003000000ae0483fe0e7c45ef879d582e053f070173706c697432000000000000000000000000000000000000',
  '000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000ff00000000000000000000000000000000000800000000000000000000000689ed6c',
  'b53b4d8baa9bea6fd0e74b1c010100000c000000000000005d240d6b1203000013030000140300001503000016030000',
  '1703000018030000190300001a0300001b0300001c0300001d0300001e0300001f040000000000000000000000004000',
  '000000000000000000000000200020000100000000000000000000000000000000000000000000000000000000000000',
  '000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000',
  '000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000',
  '000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000',
  '000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000',
  '00000000000000001625',
].join('')

/** In the first two KiB of a device, as od prints them; some bytes may differ. */
function device(changes: Readonly<Record<number, number>> = {}): string {
  const bytes = Buffer.alloc(2048)
  bytes.write(SUPERBLOCK, 1024, 'hex')
  for (const [offset, byte] of Object.entries(changes)) bytes[1024 + Number(offset)] = byte
  return bytes.toString('hex')
}

const printed = (superblock: string) =>
  `directory /clouds/a b\ndevice /dev/sda\nsectors 130992\nsuperblock ${superblock}\n`
const filesystemOf = (superblock: string) => parseClientDisks(printed(superblock)).get('/clouds/a b')?.filesystem

describe('the disk of a mount', () => {
  test('has the sizes of device and file system, and the limit of the latter', () => {
    expect(parseClientDisks(printed(device()))).toEqual(
      new Map([
        [
          '/clouds/a b',
          {
            device: '/dev/sda',
            sizeBytes: 67_067_904,
            filesystem: {
              sizeBytes: 67_067_904,
              blockBytes: 1024,
              // 1 + 255 blocks with the descriptors of 32 groups of 8 MiB each, and the first block
              largestBytes: 64 * GIB + 1024,
              smallestGroupBytes: (3 + 512 + 1 + 255 + 50) * 1024,
              hasJournal: true,
              foreignFeatures: [],
              hasErrors: false,
            },
          },
        ],
      ]),
    )
  })

  test('whose file system has no room for more descriptors can grow to the end of those that it has', () => {
    // the feature resize_inode, in the lowest byte of the compatible ones
    expect(filesystemOf(device({ 92: 0x2c }))?.largestBytes).toBe(256 * MIB + 1024)
  })

  test('whose file system has descriptors in each group can grow as far as the numbers of its blocks', () => {
    expect(filesystemOf(device({ 96: 0x16 }))?.largestBytes).toBe((2 ** 32 - 1) * 1024)
  })

  test.each(['', 'zz', device({ 56: 0 }), device().slice(0, 2100)])('without a superblock has no file system', text => {
    expect(filesystemOf(text)).toBeUndefined()
  })

  test('that is not mounted is left out', () => {
    expect(parseClientDisks('')).toEqual(new Map())
  })

  test.each([
    'directory /a\n',
    'directory /a\ndevice /dev/sda\nsectors many\nsuperblock \n',
    'directory /a\ndevice --force\nsectors 1\nsuperblock \n',
    'Welcome!\n',
  ])('is not read from another text: %j', text => {
    expect(() => parseClientDisks(text)).toThrow(RangeError)
  })
})

describe('the size of a DRBD device', () => {
  test('is read for each minor', () => {
    expect(parseDrbdSizes('0 130992\n12 0\n')).toEqual(
      new Map([
        [0, 67_067_904],
        [12, 0],
      ]),
    )
  })

  test.each(['0\n', 'a 1\n', '1 -1\n', 'Welcome!\n'])('is not read from another text: %j', text => {
    expect(() => parseDrbdSizes(text)).toThrow(RangeError)
  })

  test('follows from that of the volume: DRBD 8.4 has 130992 sectors on 64 MiB', () => {
    expect(drbdBytesOn(64 * MIB)).toBe(130_992 * 512)
  })

  test('covers its volume, except for the meta-data; one extent less is too little', () => {
    for (const volumeBytes of [32 * MIB, 64 * MIB, 10 * GIB, 16 * 1024 * GIB]) {
      expect(coversVolume(drbdBytesOn(volumeBytes), volumeBytes)).toBe(true)
      expect(coversVolume(drbdBytesOn(volumeBytes - 4 * MIB), volumeBytes)).toBe(false)
    }
  })
})
