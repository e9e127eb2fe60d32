/** Less than a start may need: node records, notes, locks and directories have some kilobytes each. */
const NEEDED_BYTES = 1024 * 1024
const NEEDED_INODES = 16

/**
 * What a file system lacks, by what "stat -f" prints: free blocks, size of a block, free inodes, all inodes, all blocks, type. Undefined
 * if nothing, or for other texts.
 */
export function roomLack(printed: readonly string[]): 'blocks' | 'inodes' | undefined {
  const [free, blockBytes, inodes, allInodes, allBlocks = 0] = printed.slice(0, 5).map(Number)
  const blocks = free === undefined ? undefined : free - kernelBlocks(printed[5], allBlocks)
  if (blocks === undefined || blockBytes === undefined || inodes === undefined) return undefined
  // some file systems have no fixed number of inodes, and print 0
  if (allInodes !== 0 && inodes < NEEDED_INODES) return 'inodes'
  return blocks * blockBytes < NEEDED_BYTES ? 'blocks' : undefined
}

/**
 * Free blocks that the kernel keeps for itself: not even root can fill them. "stat -f" calls ext4 as it calls ext3, which keeps none.
 * @see Linux, fs/ext4/super.c, ext4_calculate_resv_clusters()
 */
function kernelBlocks(type: string | undefined, allBlocks: number): number {
  return type === 'ext2/ext3' ? Math.min(Math.floor(allBlocks / 50), 4096) : 0
}
