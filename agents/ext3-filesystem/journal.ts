/*
 * The error recorded in the journal (s_errno). The kernel writes it first; if it can write nothing after that, the superblock of
 * the file system is still marked clean. A mount copies the error there, without an error count, and e2fsck honours it. Layout:
 * Linux, Documentation/filesystems/ext4/journal.rst, inodes.rst and group_descr.rst.
 */

const SUPERBLOCK = 1024
const JOURNAL_MAGIC = 0xc03b3998
/** The journal's superblock of version 1 and 2. */
const JOURNAL_SUPERBLOCKS = [3, 4]

/** Logarithm of 64 KiB in KiB. */
const LARGEST_BLOCKS = 6

/** The number of bytes to read of an inode, and of a journal's superblock. */
export const INODE_BYTES = 128
export const JOURNAL_BYTES = 64

/** Where the journal of a file system is. */
export type JournalPlace =
  /** In the file system: the position of its inode on the device. */
  | { readonly inode: number; readonly blockSize: number }
  /** On a device of its own (`major:minor`), as it was numbered when the file system was created. */
  | { readonly device: string }

/** The place of the journal according to the first bytes of a device with an ext3 file system; undefined when they lack it. */
export function parseJournalPlace(bytes: Uint8Array): JournalPlace | undefined {
  const view = viewOf(bytes)
  const number32 = (offset: number) => view.getUint32(SUPERBLOCK + offset, true)
  const blockSize = 1024 * 2 ** number32(0x18)
  const [inode, device] = [number32(0xe0), number32(0xe4)]
  if (inode === 0) return device === 0 ? undefined : { device: deviceNumber(device) }
  // the inode table of the first block group, which contains all reserved inodes
  const descriptor = (number32(0x14) + 1) * blockSize
  if (inode > number32(0x28) || bytes.length < descriptor + 32) return undefined
  const inodeSize = number32(0x4c) === 0 ? 128 : view.getUint16(SUPERBLOCK + 0x58, true)
  const table = view.getUint32(descriptor + 8, true) * blockSize
  return { inode: table + (inode - 1) * inodeSize, blockSize }
}

/** `major:minor` of a device as the kernel encodes it: include/linux/kdev_t.h, new_decode_dev. */
export function deviceNumber(encoded: number): string {
  return `${(encoded >>> 8) & 0xfff}:${(encoded & 0xff) | ((encoded >>> 12) & 0xfff00)}`
}

/** The position on the device of the journal's first block, from its inode; undefined when it has none. */
export function parseJournalInode(bytes: Uint8Array, blockSize: number): number | undefined {
  const block = bytes.length < INODE_BYTES ? 0 : viewOf(bytes).getUint32(0x28, true)
  return block === 0 ? undefined : block * blockSize
}

/** The position of the journal on a device of its own: the block after the superblock. Undefined when the device has another content. */
export function parseExternalJournal(bytes: Uint8Array): number | undefined {
  if (bytes.length < SUPERBLOCK + 1024) return undefined
  const view = viewOf(bytes)
  const isJournal =
    view.getUint16(SUPERBLOCK + 0x38, true) === 0xef53 && (view.getUint32(SUPERBLOCK + 0x60, true) & 0x8) !== 0
  const logarithm = view.getUint32(SUPERBLOCK + 0x18, true)
  if (!isJournal || logarithm > LARGEST_BLOCKS) return undefined
  return (logarithm === 0 ? 2 : 1) * 1024 * 2 ** logarithm
}

/** Whether a journal's superblock records an error; undefined when the bytes are not one. */
export function hasJournalError(bytes: Uint8Array): boolean | undefined {
  if (bytes.length < JOURNAL_BYTES) return undefined
  const view = viewOf(bytes)
  if (view.getUint32(0) !== JOURNAL_MAGIC || !JOURNAL_SUPERBLOCKS.includes(view.getUint32(4))) return undefined
  return view.getUint32(0x20) !== 0
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
