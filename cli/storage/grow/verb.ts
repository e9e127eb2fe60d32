import type { Verb } from '../../command/verb.ts'

/** vhacs storage --grow, in the table of verbs. */
export const growVerb: Verb = {
  flag: { long: 'grow' },
  value: { name: 'STORAGES' },
  options: [{ letter: 's', long: 'size', value: 'SIZE', isRequired: true, summary: 'the new size of each' }],
  effect: 'changes',
  summary: 'make storages larger, from the volumes to the file system, while they are used',
  details:
    'I/O continues. Both sides must be Connected and UpToDate, and the storage mounted; everything is checked before anything is changed. The new area is ' +
    'copied to the other side, which cannot take over until that has ended; vhacs waits for it, and DRBD goes on if the wait is interrupted. A storage never shrinks. ' +
    'Whatever interrupts it, the same command does what remains; "vhacs cluster --check" names storages of which something remains.',
  example: 'vhacs storage --grow mail1 --size 20G',
  run: async call => (await import('./grow.ts')).growStorages(call),
}
