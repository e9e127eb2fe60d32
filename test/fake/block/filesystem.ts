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
  /** s_errno of the journal, which is in the file system or, where that is given, on another device. */
  journalError: number
  journalDevice: number
  /** A superblock in the journal, which replaces that of the device in a mount. */
  journalled?: Pick<FakeSuperblock, 'state' | 'errors'>
}

/** As `mkfs.ext3` of e2fsprogs 1.47 makes it. */
export const EXT3 = {
  state: 1,
  errors: 0,
  compatible: 0x3c,
  incompatible: 0x2,
  readOnlyCompatible: 0x3,
  blocks: 8192,
  journalError: 0,
  journalDevice: 0,
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
    Object.assign(superblock, { state: 1, errors: 0, journalError: 0 })
    return hadErrors ? 1 : 0
  })
  replayAtMount(system, path, superblock)
  system.tools.set('dd', dd(system))
  return superblock
}

/** Like the kernel: a mount copies the errors of the journal, and does not count an error that only the journal had. */
function replayAtMount(system: FakeSystem, path: string, superblock: FakeSuperblock): void {
  const mount = system.tools.get('mount')
  if (mount === undefined) return
  system.tools.set('mount', async (args, options) => {
    const result = await mount(args, options)
    if (result !== 0 || system.realPath(args.at(-2) ?? '') !== path) return result
    Object.assign(superblock, superblock.journalled)
    delete superblock.journalled
    if (superblock.journalError !== 0) superblock.state |= 2
    superblock.journalError = 0
    system.put(`/sys/fs/ext4/${basename(path)}/errors_count`, `${superblock.errors}\n`)
    return result
  })
}

const TABLE_BLOCK = 4
const JOURNAL_BLOCK = 6

/** The beginning of a device with that superblock: group descriptors, inode table and journal follow, in blocks of 1 KiB. */
export function firstBytes(superblock: FakeSuperblock): Uint8Array {
  const bytes = new Uint8Array(7 * 1024)
  const view = new DataView(bytes.buffer, 1024)
  view.setUint32(0x4, superblock.blocks, true)
  view.setUint32(0x14, 1, true)
  view.setUint32(0x28, 128, true)
  view.setUint16(0x38, 0xef53, true)
  view.setUint16(0x3a, superblock.state, true)
  view.setUint32(0x4c, 1, true)
  view.setUint16(0x58, 128, true)
  view.setUint32(0x194, superblock.errors, true)
  view.setUint32(0x5c, superblock.compatible, true)
  view.setUint32(0x60, superblock.incompatible, true)
  view.setUint32(0x64, superblock.readOnlyCompatible, true)
  view.setUint32(0xe0, superblock.journalDevice === 0 ? 8 : 0, true)
  view.setUint32(0xe4, superblock.journalDevice, true)
  view.setUint32(1024 + 8, TABLE_BLOCK, true)
  view.setUint32((TABLE_BLOCK - 1) * 1024 + 7 * 128 + 0x28, JOURNAL_BLOCK, true)
  if (superblock.journalDevice === 0) bytes.set(journalSuperblock(superblock), JOURNAL_BLOCK * 1024)
  return bytes
}

/** As `mkfs.ext3 -O journal_dev` of e2fsprogs 1.47 makes it, with blocks of 4 KiB. */
export function externalJournal(superblock: FakeSuperblock): Uint8Array {
  const bytes = new Uint8Array(8192)
  const view = new DataView(bytes.buffer, 1024)
  view.setUint32(0x18, 2, true)
  view.setUint16(0x38, 0xef53, true)
  view.setUint32(0x60, 0x8, true)
  bytes.set(journalSuperblock(superblock), 4096)
  return bytes
}

function journalSuperblock({ journalError }: FakeSuperblock): Uint8Array {
  const bytes = new Uint8Array(1024)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, 0xc03b3998)
  view.setUint32(4, 4)
  view.setInt32(0x20, journalError)
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
