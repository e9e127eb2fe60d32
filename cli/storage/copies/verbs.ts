import type { Operand, Option, Verb } from '../../command/verb.ts'

const file: Operand & { readonly position: 'after' } = { name: 'FILE', position: 'after' }

/** Of a new storage, as of --create. */
const ofNew: readonly Option[] = [
  { letter: 's', long: 'size', value: 'SIZE', summary: 'its size (default: that of the other one)' },
  {
    letter: 'n',
    long: 'nodes',
    value: 'DRBD_NODES',
    summary: 'the nodes to hold the data, in order of preference (default: those with the most free space)',
  },
  {
    long: 'copies',
    value: 'NUMBER',
    summary: 'on how many nodes the data are: 2, or 3 where all of these run DRBD 9 (default: 2)',
  },
  { long: 'chap', summary: 'require CHAP, with a secret that vhacs generates (default: if the other one does)' },
]

/** The verbs of vhacs storage that copy a whole storage, in the table of verbs. */
export const copyVerbs: readonly Verb[] = [
  {
    flag: { long: 'export' },
    value: { name: 'SOURCE' },
    operand: file,
    effect: 'changes',
    summary: 'write a storage to a file, or to standard output, while it is used',
    details:
      'A snapshot is read on the side that is not exported; one is taken for this unless a snapshot is named, and dropped afterwards. Only blocks that are in use are ' +
      'written. The file is a tar archive, compressed by zstd, with checksums and the entry of the file of clouds; tar alone gets the file system out of it. ' +
      'It appears under its name when it is complete. It contains no CHAP secrets.',
    example: 'vhacs storage --export mail1 /backup/mail1.tar.zst',
    run: async call => (await import('./export-storage.ts')).exportStorage(call),
  },
  {
    flag: { long: 'import' },
    value: { name: 'NAME', isNew: true },
    operand: file,
    options: ofNew,
    effect: 'changes',
    summary: 'create a storage from a file that --export has written, or from standard input',
    details:
      'The storage gets nodes, addresses and a directory of its own, as with --create; the mount options are those of the exported one. Its file system gets a new UUID, grows to the size of ' +
      'the new storage, and is checked before it is mounted. If the file ends early or was altered, or anything else fails, all is undone. No other vhacs changes the cluster meanwhile.',
    example: 'vhacs storage --import mail5 /backup/mail1.tar.zst',
    run: async call => (await import('./import-storage.ts')).importStorage(call),
  },
  {
    flag: { long: 'clone' },
    value: { name: 'SOURCE' },
    operand: { name: 'NAME', position: 'after' },
    options: ofNew,
    effect: 'changes',
    summary: 'create a storage with the content of another one, which stays in use, or of a snapshot',
    details: 'As --export and --import together, without a file.',
    example: 'vhacs storage --clone mail1@before-upgrade mail1-test',
    run: async call => (await import('./clone-storage.ts')).cloneStorage(call),
  },
]
