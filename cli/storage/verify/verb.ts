import type { Verb } from '../../command/verb.ts'

/** vhacs storage --verify, in the table of verbs. */
export const verifyVerb: Verb = {
  flag: { long: 'verify' },
  value: { name: 'STORAGES' },
  options: [
    {
      long: 'nightly',
      summary:
        'for the timer: only those that were not verified for four weeks, some each night, and only on the node that coordinates the cluster',
    },
  ],
  effect: 'changes',
  summary: 'compare the two sides of storages, block by block, while they are used',
  details:
    'One at a time in the cluster, and not beside a resync: vhacs waits for others. I/O continues, and comes first; all of both sides is ' +
    'read, which may take hours. What differs is reported, marked, and not changed, ' +
    'except by the first verification of a storage: it makes the sides equal, because what was never written may differ. Ctrl-C stops ' +
    'the verification, and the same command begins again. If vhacs is killed, DRBD goes on, and the same command waits for its end. ' +
    '"vhacs storage --info" shows the last result.',
  example: 'vhacs storage --verify mail1',
  run: async call => (await import('./verify.ts')).verifyStorages(call),
}

/** vhacs storage --repair, in the table of verbs. */
export const repairVerb: Verb = {
  flag: { long: 'repair' },
  value: { name: 'STORAGES' },
  effect: 'changes',
  summary: 'copy what a verification has found to differ from the side that is primary to the other one',
  details:
    'The side that is primary is the one that is exported, so its data are those that the mount has: nothing changes for its users. The other side ' +
    'disconnects for a moment, and cannot take over until the resync has ended; only what is marked is copied. Look for the cause first: ' +
    'the copy on the other side is overwritten.',
  example: 'vhacs storage --repair mail1',
  run: async call => (await import('./repair.ts')).repairStorages(call),
}
