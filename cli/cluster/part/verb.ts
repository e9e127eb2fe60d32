import type { Verb } from '../../command/verb.ts'

/** vhacs cluster --part, in the table of verbs. */
export const partVerb: Verb = {
  flag: { long: 'part' },
  value: { name: 'NODE' },
  effect: 'changes',
  summary: 'take a node out of the cluster, as --init would find it',
  details:
    'It runs on another node of the cluster. The node must be reachable (for one that is lost for good, see "vhacs node --forget"), have no side of a storage, no mount ("vhacs node --evacuate" moves both), and not be the only vhost; all other nodes must be ' +
    'online. Pacemaker and corosync stop there, the others forget the node, and constraints that name it are removed; nothing that runs on other nodes is ' +
    "restarted or moved. Its initiator stays in the storages' ACLs. The same command also undoes a --join that was broken off, and finishes a --part that was.",
  example: 'vhacs cluster --part node3',
  run: async call => (await import('./part.ts')).partNode(call),
}
