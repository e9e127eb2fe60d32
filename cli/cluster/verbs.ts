import { showCluster } from '../state/show.ts'
import { CLUSTER_NODES, COMMAND } from '../syntaxes.ts'
import type { Noun } from '../verbs.ts'
import { WATCH_KEYS } from '../watch/keys.ts'
import { watchCluster } from '../watch/watch.ts'
import { checkCluster } from './check.ts'
import { execAtOnce, execInTurn } from './exec.ts'

/** vhacs cluster */
export const cluster: Noun = {
  name: 'cluster',
  summary: 'cluster-level admin functions',
  syntaxes: [CLUSTER_NODES, COMMAND],
  verbs: [
    {
      flag: { letter: 'c', long: 'check' },
      effect: 'shows',
      summary: 'check all nodes, and say what to do about each finding',
      details:
        'Tools, agents, versions, modules, settings, interfaces, clocks, quorum, fencing, what starts at boot, LVM, and ' +
        'whether the cluster and the disks agree on what storages there are. It fails if it finds an error.',
      run: checkCluster,
    },
    {
      flag: { letter: 'I', long: 'init' },
      value: { name: 'NODES', isOptional: true },
      effect: 'changes',
      summary: 'form a cluster of nodes that are reachable by ssh',
    },
    {
      flag: { letter: 'm', long: 'monitor' },
      effect: 'watches',
      summary: 'show the nodes and the storages, again and again',
      details: WATCH_KEYS,
      run: watchCluster,
    },
    {
      flag: { letter: 'M', long: 'monitor1' },
      effect: 'shows',
      summary: 'show the nodes and the storages once',
      run: showCluster,
    },
    {
      flag: { letter: 'E', long: 'exec' },
      value: { name: 'COMMAND|-' },
      operand: { name: 'NODES', isOptional: true, position: 'before' },
      effect: 'changes',
      summary: 'run a command on the nodes, one after the other',
      details: 'It fails if the command fails on any node. Nodes that are named need not be in a cluster.',
      run: execInTurn,
    },
    {
      flag: { letter: 'P', long: 'parallel-exec' },
      value: { name: 'COMMAND|-' },
      operand: { name: 'NODES', isOptional: true, position: 'before' },
      effect: 'changes',
      summary: 'run a command on the nodes, on all at the same time',
      run: execAtOnce,
    },
  ],
}
