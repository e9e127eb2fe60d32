import { DATABASES } from '../../../../system/iscsi/node-records.ts'
import type { Sections } from '../../examine/examination.ts'
import { error, type NodeFinding, warning } from '../../examine/finding.ts'
import { roomLack } from './room-lack.ts'

/**
 * File systems on which a start leaves something, and that are full or read-only. What is reserved for root counts as free: root
 * writes.
 */
export function roomFindings({ sections }: Sections): NodeFinding[] {
  const lines = (sections.get('room') ?? '').split('\n').map(line => line.split(' '))
  const full = lines.flatMap(([path = '', ...numbers]) => {
    const lack = roomLack(numbers)
    if (lack === undefined) return []
    const what = `the file system of ${path} is full`
    const todo = `free space ("df ${path}", "du -x")`
    // a link to /run needs an inode, and no block (docs/decisions/0016-node-records-are-written.md)
    if (DATABASES.includes(path) && lack === 'blocks')
      return [warning(`${what}; new node records are created in /run`, todo)]
    return [error(`${what}${lack === 'inodes' ? ': it has no inodes left' : ''}; starts that write there fail`, todo)]
  })
  return [...full, ...readOnly({ sections })]
}

function readOnly({ sections }: Sections): NodeFinding[] {
  return (sections.get('writable') ?? '').split('\n').flatMap(line => {
    const [path = '', options = ''] = line.split(' ')
    if (!options.split(',').includes('ro')) return []
    const todo = 'check "dmesg" for errors of the disk, and repair the file system'
    return [error(`the file system of ${path} is read-only; starts that write there fail`, todo)]
  })
}
