import type { Verb } from '../../command/verb.ts'

/** vhacs storage --replace, in the table of verbs. */
export const replaceVerb: Verb = {
  flag: { long: 'replace' },
  value: { name: 'STORAGES' },
  options: [
    { long: 'from', value: 'NODE', isRequired: true, summary: 'the node whose side is replaced' },
    { long: 'to', value: 'NODE', summary: 'the node that takes its place (default: the same one, with a new volume)' },
    { long: 'yes', summary: 'proceed without asking' },
  ],
  effect: 'changes',
  summary: 'move a side of storages to another node, or give it a new disk, while they are used',
  details:
    'I/O continues; an export on the side that goes is moved to one that stays first. The sides that stay must be UpToDate; the old one may be down, its disk may have failed, and its node may be lost. ' +
    'With two sides there is no redundancy until all data are copied, which vhacs says beforehand; DRBD goes on if the wait is interrupted. ' +
    'The data of the old side are removed when the new one has all of them, for a new disk on the same node at once. What a lost node still has is removed by the same command when the node is back. ' +
    'Whatever interrupts it, the same command does what remains; "vhacs cluster --check" names storages of which something remains.',
  example: 'vhacs storage --replace mail1 --from node2 --to node3',
  run: async call => (await import('./replace.ts')).replaceStorages(call),
}
