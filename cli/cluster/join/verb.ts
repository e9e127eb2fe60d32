import type { Verb } from '../../command/verb.ts'

/** vhacs cluster --join, in the table of verbs. */
export const joinVerb: Verb = {
  flag: { long: 'join' },
  value: { name: 'NODES', isNew: true },
  options: [
    {
      long: 'roles',
      value: 'ROLES',
      summary: 'roles of the new nodes: storage, vhost, or ALL for both (default: none)',
    },
    { long: 'interrupt', summary: 'proceed although the ACLs of running storages change, which pauses their I/O' },
  ],
  effect: 'changes',
  summary: 'add nodes to the running cluster',
  details:
    'It runs on a node of the cluster. All nodes must be online, and everything is checked before anything is changed: versions, clocks, names, ' +
    "addresses in the networks of corosync's links, remains of storages or of another cluster, and that the new node can be fenced as the others are. " +
    'The nodes join one after another; nothing that runs is restarted or moved, with one exception: for the vhost role, the ACLs of the ' +
    'existing storages change as by "vhacs node --setrole", which pauses their I/O and needs --interrupt. If a step fails, or after Ctrl-C, the node ' +
    'is taken out again; nodes that have joined before stay. After a crash, the same command finishes what it finds, and --part undoes it.',
  example: 'vhacs cluster --join node3 --roles storage',
  run: async call => (await import('./join.ts')).joinNodes(call),
}
