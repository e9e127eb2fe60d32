import type { Verb } from '../../command/verb.ts'

/** vhacs cluster --alone, in the table of verbs. */
export const aloneVerb: Verb = {
  flag: { long: 'alone' },
  options: [
    {
      long: 'without',
      value: 'NODES',
      summary: 'the nodes that are off (default: all that are not in the cluster now)',
    },
    { long: 'yes-they-are-off', summary: 'do not ask whether those nodes are off and stay off' },
    {
      long: 'accept-old-data',
      value: 'STORAGES',
      summary: 'serve these with the data that are left, although a lost node may have newer ones; not ALL',
    },
  ],
  effect: 'changes',
  summary: 'let the nodes that are left go on after the others were lost for good',
  details:
    'For a cluster that waits: all nodes were off, and some will not come back. Run it on a node that is left. It prints what is known about the ' +
    'lost nodes and about the data of each storage, asks whether the lost nodes are off and stay off, starts the cluster on this node if it does not run, gives ' +
    'corosync quorum without the lost nodes, has them fenced, or confirms to Pacemaker that they are off where no device can fence them, and waits until the storages are served. A node that still answers is refused. A storage whose data ' +
    'here are not known to be the newest is not served before you have said so for that storage: at a second question, or with ' +
    '--accept-old-data. A lost node that returns gets the data of this cluster; if it has changed data meanwhile, DRBD reports a split ' +
    'brain, and nothing of it is used. Whatever interrupts it, the same command does what remains.',
  example: 'vhacs cluster --alone --without node1',
  run: async call => (await import('./alone.ts')).goOnAlone(call),
}
