/*
 * The content of a device according to its first bytes; blkid is not used, because its cache and guesses may differ.
 * Layout and limits: Linux, Documentation/filesystems/ext4/super.rst; fs/ext4/ext4.h, EXT3_FEATURE_*_SUPP.
 */

/** Bytes at the start of a device that identify its content. */
export const PROBE_BYTES = 68 * 1024

const SUPERBLOCK = 1024
const EXT_MAGIC = 0xef53

/** The superblock of an ext2, ext3 or ext4 file system. */
export interface ExtSuperblock {
  /** Size of the whole file system. */
  readonly sizeBytes: number
  readonly hasJournal: boolean
  /** Feature flags that ext3 does not support: with any of them, the kernel does not mount it as ext3. */
  readonly foreignFeatures: readonly string[]
  /** The kernel found errors in it since the last e2fsck. */
  readonly hasErrors: boolean
}

const INCOMPATIBLE: ReadonlyMap<number, string> = new Map([
  [0x1, 'compression'],
  [0x8, 'journal_dev'],
  [0x40, 'extent'],
  [0x80, '64bit'],
  [0x100, 'mmp'],
  [0x200, 'flex_bg'],
  [0x400, 'ea_inode'],
  [0x1000, 'dirdata'],
  [0x2000, 'metadata_csum_seed'],
  [0x4000, 'large_dir'],
  [0x8000, 'inline_data'],
  [0x10000, 'encrypt'],
  [0x20000, 'casefold'],
])

const READ_ONLY_COMPATIBLE: ReadonlyMap<number, string> = new Map([
  [0x8, 'huge_file'],
  [0x10, 'uninit_bg'],
  [0x20, 'dir_nlink'],
  [0x40, 'extra_isize'],
  [0x100, 'quota'],
  [0x200, 'bigalloc'],
  [0x400, 'metadata_csum'],
  [0x1000, 'read-only'],
  [0x2000, 'project'],
  [0x8000, 'verity'],
  [0x10000, 'orphan_present'],
])

/** FILETYPE, RECOVER, META_BG; SPARSE_SUPER, LARGE_FILE, BTREE_DIR. */
const EXT3_INCOMPATIBLE = 0x2 | 0x4 | 0x10
const EXT3_READ_ONLY_COMPATIBLE = 0x1 | 0x2 | 0x4

/** The superblock in a device's first bytes; undefined when there is none of this family. */
export function parseSuperblock(bytes: Uint8Array): ExtSuperblock | undefined {
  if (bytes.length < SUPERBLOCK + 1024) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset + SUPERBLOCK, 1024)
  const number16 = (offset: number) => view.getUint16(offset, true)
  const number32 = (offset: number) => view.getUint32(offset, true)
  if (number16(0x38) !== EXT_MAGIC) return undefined
  const incompatible = number32(0x60)
  const is64Bit = (incompatible & 0x80) !== 0
  const blocks = number32(0x4) + (is64Bit ? number32(0x150) * 2 ** 32 : 0)
  const isValid = (number16(0x3a) & 0x1) !== 0
  const isFlagged = (number16(0x3a) & 0x2) !== 0
  return {
    sizeBytes: blocks * 1024 * 2 ** number32(0x18),
    hasJournal: (number32(0x5c) & 0x4) !== 0,
    foreignFeatures: [
      ...featureNames(incompatible & ~EXT3_INCOMPATIBLE, INCOMPATIBLE),
      ...featureNames(number32(0x64) & ~EXT3_READ_ONLY_COMPATIBLE, READ_ONLY_COMPATIBLE),
    ],
    hasErrors: isFlagged || !isValid || number32(0x194) > 0,
  }
}

function featureNames(flags: number, names: ReadonlyMap<number, string>): string[] {
  return Array.from({ length: 32 }, (_, bit) => 2 ** bit)
    .filter(flag => (flags & flag) !== 0)
    .map(flag => names.get(flag) ?? `unknown feature 0x${flag.toString(16)}`)
}

const SIGNATURES: readonly (readonly [offset: number, text: string, what: string])[] = [
  [0, 'XFSB', 'an XFS file system'],
  [65600, '_BHRfS_M', 'a Btrfs file system'],
  [65536, '\x01\x16\x19\x70', 'a GFS2 file system'],
  [8192, 'OCFSV2', 'an OCFS2 file system'],
  [3, 'NTFS    ', 'an NTFS file system'],
  [82, 'FAT32', 'a FAT file system'],
  [0, 'hsqs', 'a squashfs file system'],
  [0, 'LUKS\xba\xbe', 'an encrypted volume (LUKS)'],
  [512, 'LABELONE', 'an LVM physical volume'],
  [4086, 'SWAPSPACE2', 'swap space'],
  [512, 'EFI PART', 'a partition table (GPT)'],
]

/** The content that the first bytes indicate, if not an ext file system, in words for a message. */
export function describeContent(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('latin1')
  const [, , known] = SIGNATURES.find(([offset, signature]) => text.startsWith(signature, offset)) ?? []
  if (known !== undefined) return known
  if (bytes.every(byte => byte === 0)) return 'nothing but zeros (no file system was created on it)'
  return 'unknown content'
}
