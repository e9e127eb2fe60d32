import type { Verb } from '../../command/verb.ts'

/** vhacs node --forget, in the table of verbs. */
export const forgetVerb: Verb = {
  flag: { long: 'forget' },
  value: { name: 'NODES' },
  options: [
    {
      long: 'leave-sides',
      summary: 'proceed although storages have sides there, which a node that has yet to join is to take',
    },
  ],
  effect: 'changes',
  summary: 'remove nodes that are lost for good from the cluster',
  details:
    'They must be offline, and not answer unless their /etc/corosync/corosync.conf is gone; no storage may have a side on them: give such sides to another node first, with "vhacs node --evacuate". A node that runs is taken out with ' +
    '"vhacs cluster --part" instead. All other nodes must be in the cluster, and have quorum: see ' +
    '"vhacs cluster --alone". The nodes are removed from corosync.conf on all others, whose settings for two nodes follow the number that is left, ' +
    'and from Pacemaker, with their attributes and the constraints and fencing levels that are about them alone. Whatever interrupts it, the same command does what remains. ' +
    'Where no other node can take the sides, as in a pair, --leave-sides removes the nodes from corosync.conf only, so that another one can join; Pacemaker keeps them until the sides are replaced, and the command is run again. ' +
    'A removed node must not start with its old /etc/corosync/corosync.conf.',
  example: 'vhacs node --forget node3',
  run: async call => (await import('./forget.ts')).forgetNodes(call),
}
