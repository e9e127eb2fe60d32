import { basename, dirname } from 'node:path'
import type { FakeSystem, FakeTool } from '../system.ts'
import { addBlockDevice } from './block.ts'

/** The fields of the superblock of an ext file system. */
export interface FakeSuperblock {
  /** s_state: 1 clean, 2 errors. */
  state: number
  /** s_error_count */
  errors: number
  compatible: number
  incompatible: number
  readOnlyCompatible: number
  /** Size in blocks of 1 KiB. */
  blocks: number
}

/** As `mkfs.ext3` of e2fsprogs 1.47 makes it. */
export const EXT3 = {
  state: 1,
  errors: 0,
  compatible: 0x3c,
  incompatible: 0x2,
  readOnlyCompatible: 0x3,
  blocks: 8192,
} as const
export const EXT2 = { ...EXT3, compatible: 0x38 } as const
export const EXT4 = { ...EXT3, incompatible: 0x2c2, readOnlyCompatible: 0x46b } as const

/** A disk with a file system, with e2fsck(8) for it and dd(1); its superblock can be changed. */
export function addFilesystem(system: FakeSystem, path: string, number: string): FakeSuperblock {
  const superblock: FakeSuperblock = { ...EXT3 }
  addBlockDevice(system, path, number, () => firstBytes(superblock))
  system.put(`/sys/block/${path.split('/').at(-1)}/size`, '16384\n')
  system.tools.set('e2fsck', () => {
    const hadErrors = (superblock.state & 2) !== 0
    Object.assign(superblock, { state: 1, errors: 0 })
    return hadErrors ? 1 : 0
  })
  system.tools.set('dd', dd(system))
  return superblock
}

/** The beginning of a device with that superblock. */
export function firstBytes(superblock: FakeSuperblock): Uint8Array {
  const bytes = new Uint8Array(4096)
  const view = new DataView(bytes.buffer, 1024)
  view.setUint32(0x4, superblock.blocks, true)
  view.setUint16(0x38, 0xef53, true)
  view.setUint16(0x3a, superblock.state, true)
  view.setUint32(0x194, superblock.errors, true)
  view.setUint32(0x5c, superblock.compatible, true)
  view.setUint32(0x60, superblock.incompatible, true)
  view.setUint32(0x64, superblock.readOnlyCompatible, true)
  return bytes
}

/** dd if=PATH or of=PATH, with conv=excl and oflag=nofollow. */
export function dd(system: FakeSystem): FakeTool {
  return (args, { input = '' }) => {
    const value = (name: string) => args.find(word => word.startsWith(`${name}=`))?.slice(name.length + 1)
    const [from, to] = [value('if'), value('of')]
    const isThere = (path: string) => system.list(dirname(path)).includes(basename(path))
    const failure = (path: string, why: string) => ({ status: 1, stderr: `dd: failed to open '${path}': ${why}\n` })
    if (to === '/dev/null') return 0
    if (from !== undefined)
      return isThere(from) ? { status: 0, stdout: system.read(from) } : failure(from, 'No such file or directory')
    if (to === undefined) return 1
    if (isThere(to)) return failure(to, 'File exists')
    system.put(to, input)
    return 0
  }
}
