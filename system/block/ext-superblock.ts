/*
 * The superblock of ext file systems.
 * Layout and limits: Linux, Documentation/filesystems/ext4/super.rst; fs/ext4/ext4.h, EXT3_FEATURE_*_SUPP.
 */

const SUPERBLOCK = 1024
const EXT_MAGIC = 0xef53

/** The superblock of an ext2, ext3 or ext4 file system. */
export interface ExtSuperblock {
  /** Size of the whole file system. */
  readonly sizeBytes: number
  readonly blockBytes: number
  /** What it can grow to while it is mounted, without features that ext3 did not have from the start. */
  readonly largestBytes: number
  /** A last group of blocks that is not larger than this has no room for data beside its tables, and is left out. */
  readonly smallestGroupBytes: number
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
  const blockBytes = 1024 * 2 ** Math.min(number32(0x18), LARGEST_BLOCK_LOG)
  const groups = {
    ...{ blocks, blockBytes, firstBlock: number32(0x14), blocksPerGroup: number32(0x20) },
    inodeTableBlocks: Math.ceil((number32(0x28) * number16(0x58)) / blockBytes),
    descriptorBytes: is64Bit ? number16(0xfe) : 32,
    reservedBlocks: (number32(0x5c) & RESIZE_INODE) === 0 ? 0 : number16(0xce),
    hasMetaGroups: (incompatible & META_BG) !== 0,
  }
  const isValid = (number16(0x3a) & 0x1) !== 0
  const isFlagged = (number16(0x3a) & 0x2) !== 0
  return {
    sizeBytes: blocks * blockBytes,
    blockBytes,
    largestBytes: largestBlocks(groups) * blockBytes,
    smallestGroupBytes: smallestGroupBlocks(groups) * blockBytes,
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

/** Blocks of 64 KiB. */
const LARGEST_BLOCK_LOG = 6
const RESIZE_INODE = 0x10
const META_BG = 0x10

interface Groups {
  readonly blocks: number
  readonly blockBytes: number
  readonly firstBlock: number
  readonly blocksPerGroup: number
  readonly inodeTableBlocks: number
  readonly descriptorBytes: number
  /** Blocks that were reserved for the descriptors of further groups (mke2fs(8), resize=). */
  readonly reservedBlocks: number
  readonly hasMetaGroups: boolean
}

/** The numbers of blocks have 32 bits. */
const MOST_BLOCKS = 2 ** 32 - 1

/**
 * Each group of blocks has a descriptor in the blocks after the superblock. With the reserved ones these are fixed when the file system
 * is created. Newer kernels can go on without them (meta_bg), but the file system has another layout then.
 */
function largestBlocks(groups: Groups): number {
  const { firstBlock, blocksPerGroup, blockBytes, descriptorBytes, reservedBlocks, hasMetaGroups } = groups
  if (hasMetaGroups || blocksPerGroup === 0 || descriptorBytes === 0) return MOST_BLOCKS
  const groupsPerBlock = Math.floor(blockBytes / descriptorBytes)
  const all = (descriptorBlocks(groups) + reservedBlocks) * groupsPerBlock * blocksPerGroup
  return Math.min(firstBlock + all, MOST_BLOCKS)
}

function descriptorBlocks({ blocks, firstBlock, blocksPerGroup, blockBytes, descriptorBytes }: Groups): number {
  if (blocksPerGroup === 0 || descriptorBytes === 0) return 0
  return Math.ceil(Math.ceil((blocks - firstBlock) / blocksPerGroup) / Math.floor(blockBytes / descriptorBytes))
}

/** The tables of a group with a copy of the superblock, and what resize2fs wants beside them (e2fsprogs, resize2fs.c: 50 blocks). */
function smallestGroupBlocks(groups: Groups): number {
  return 3 + groups.inodeTableBlocks + descriptorBlocks(groups) + groups.reservedBlocks + 50
}
