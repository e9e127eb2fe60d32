/** Less than a start may need: node records, notes, locks and directories have some kilobytes each. */
const NEEDED_BYTES = 1024 * 1024
const NEEDED_INODES = 16

/**
 * What a file system lacks, by the numbers of "stat -f": free blocks, size of a block, free inodes, all inodes. Undefined if nothing,
 * or for other texts.
 */
export function roomLack(numbers: readonly string[]): 'blocks' | 'inodes' | undefined {
  const [blocks, blockBytes, inodes, allInodes] = numbers.map(Number)
  if (blocks === undefined || blockBytes === undefined || inodes === undefined) return undefined
  // some file systems have no fixed number of inodes, and print 0
  if (allInodes !== 0 && inodes < NEEDED_INODES) return 'inodes'
  return blocks * blockBytes < NEEDED_BYTES ? 'blocks' : undefined
}
