import { expect, test } from 'vitest'
import { roomLack } from '../../../../../cli/cluster/readiness/facts/room-lack.ts'

test.each([
  ['room on ext4', '402113 4096 112233 131072 1537944 ext2/ext3', undefined],
  // recorded on Debian 12: root can write no further byte
  ['a full ext4', '4096 4096 377683 393216 1537944 ext2/ext3', 'blocks'],
  ['a full small ext4, of which a fiftieth is kept', '1000 4096 2000 2500 50000 ext2/ext3', 'blocks'],
  ['a full xfs', '12 4096 377683 393216 1537944 xfs', 'blocks'],
  ['an xfs with little room', '4096 4096 377683 393216 1537944 xfs', undefined],
  ['a file system without inodes left', '402113 4096 3 131072 1537944 ext2/ext3', 'inodes'],
  ['btrfs, which has no fixed number of inodes', '402113 4096 0 0 1537944 btrfs', undefined],
  ['an answer without total and type', '402113 4096 112233 131072', undefined],
  ['another text', 'stat: cannot read', undefined],
  ['nothing', '', undefined],
])('%s: %s', (_, printed, lack) => {
  expect(roomLack(printed.split(' '))).toBe(lack)
})
