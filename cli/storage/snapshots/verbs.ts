import type { Operand, Option, Verb } from '../../command/verb.ts'

const storages: Operand = { name: 'STORAGES' }
const snapshot: Operand & { readonly position: 'after' } = { name: 'SNAPSHOT', position: 'after', isOptional: true }
const yes: Option = { long: 'yes', summary: 'proceed without asking' }

/** The verbs of vhacs storage about snapshots, in the table of verbs. */
export const snapshotVerbs: readonly Verb[] = [
  {
    flag: { long: 'snapshot' },
    value: storages,
    operand: snapshot,
    options: [
      {
        letter: 's',
        long: 'size',
        value: 'SIZE',
        summary: 'how much of each side may change until the snapshot is full (default: a fifth of the volume)',
      },
    ],
    effect: 'changes',
    summary: 'take a snapshot of storages, the same on both sides, while they are used',
    details:
      'The file system is frozen meanwhile: whoever writes waits, for 20 seconds at most, whatever becomes of vhacs or its node. Both sides must be Connected and UpToDate. ' +
      'The name is the time in UTC unless one is given. A snapshot becomes full by what is written to its storage, and is dropped before that; ' +
      '"vhacs cluster --check" warns from 70 % on. It is no backup: it is lost with the disks of its storage.',
    example: 'vhacs storage --snapshot mail1 before-upgrade',
    run: async call => (await import('./take-snapshots.ts')).takeSnapshots(call),
  },
  {
    flag: { long: 'snapshots' },
    value: storages,
    effect: 'shows',
    summary: 'list the snapshots of storages, and how full they are',
    example: 'vhacs storage --snapshots ALL',
    run: async call => (await import('./list-snapshots.ts')).listSnapshots(call),
  },
  {
    flag: { long: 'rollback' },
    value: storages,
    operand: snapshot,
    options: [yes],
    effect: 'changes',
    summary: 'discard what was written to storages since a snapshot, on both sides',
    details:
      'They are unmounted and stopped meanwhile. What is discarded is kept in a new snapshot, named before-TIME; the snapshot itself is used up. ' +
      'Until the first side changes, a failure undoes everything; from then on a storage does not start until both sides have ended: the same command, without ' +
      'a snapshot, finishes it, or undoes it if vhacs was killed before a side had changed; "vhacs cluster --check" names it.',
    example: 'vhacs storage --rollback mail1 before-upgrade',
    run: async call => (await import('./roll-back-storages.ts')).rollBackStorages(call),
  },
  {
    flag: { long: 'drop' },
    value: storages,
    operand: snapshot,
    options: [
      { long: 'full', summary: 'for the timer: those that are 90 % full on this node, or that have become full' },
      yes,
    ],
    effect: 'changes',
    summary: 'remove a snapshot of storages, or ALL of them',
    details: 'The storages themselves stay as they are.',
    example: 'vhacs storage --drop mail1 before-upgrade',
    run: async call => (await import('./drop-snapshots.ts')).dropSnapshots(call),
  },
]
