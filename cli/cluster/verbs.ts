import { CLUSTER_NAME, CLUSTER_NODES, COMMAND, DISK, ROLES } from '../command/syntaxes.ts'
import type { Noun } from '../command/verb.ts'
import { showCluster } from '../state/show.ts'
import { WATCH_KEYS } from '../state/watch/keys.ts'
import { watchCluster } from '../state/watch/watch.ts'
import { checkCluster } from './check/check.ts'
import { execAtOnce, execInTurn } from './exec.ts'
import { initCluster } from './init/init.ts'

/** vhacs cluster */
export const cluster: Noun = {
  name: 'cluster',
  summary: 'cluster-level admin functions',
  syntaxes: [CLUSTER_NODES, ROLES, CLUSTER_NAME, DISK, COMMAND],
  verbs: [
    {
      flag: { letter: 'c', long: 'check' },
      effect: 'shows',
      summary: 'check all nodes, and say what to do about each finding',
      details:
        'Tools, agents, versions, modules, settings, interfaces, names, ssh and host keys, clocks, quorum, the links of corosync, fencing, ' +
        'standby and maintenance, what starts at boot and what stops too early at shutdown, LVM, whether storages run, are in ' +
        'sync and let all vhosts in, and whether the cluster and the disks agree on what there is. It fails if it finds an error.',
      run: checkCluster,
    },
    {
      flag: { letter: 'I', long: 'init' },
      value: { name: 'NODES', isOptional: true },
      options: [
        {
          long: 'name',
          value: 'NAME',
          summary: 'of the cluster, part of the names of targets (default: vhacs- and the name of the first node)',
        },
        { long: 'roles', value: 'ROLES', summary: 'what all of them are to be: storage, vhost, or ALL for both' },
        { long: 'sbd-device', value: 'PATH', summary: 'fence by this disk, which all nodes share' },
        { long: 'sbd-watchdog', summary: "fence by each node's own watchdog; for three nodes or more" },
        { long: 'yes', summary: 'overwrite the disk of --sbd-device without asking' },
      ],
      effect: 'changes',
      summary: 'form a cluster of nodes that are reachable by ssh',
      details:
        'Without NODES, of this node alone. Everything is checked before anything is changed. Corosync gets a link over ' +
        'HEARTBEAT_IFNAME and a second one over STORAGE_IFNAME of each /etc/vhacs.conf. Files that are changed stay beside the new ' +
        'ones, as *.backup-TIME. A step that fails, or Ctrl-C, has everything undone. Nodes that form that cluster already are left alone.',
      run: initCluster,
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
      details:
        'Without NODES, on all. It runs as root in the home of root, without a terminal, and what it says is printed when it has ended on a node. ' +
        'It fails if the command fails on any node. Nodes that are named need not be in a cluster. Ctrl-C ends the wait: the ' +
        'command is begun nowhere else, but on another node it may go on.',
      run: execInTurn,
    },
    {
      flag: { letter: 'P', long: 'parallel-exec' },
      value: { name: 'COMMAND|-' },
      operand: { name: 'NODES', isOptional: true, position: 'before' },
      effect: 'changes',
      summary: 'run a command on the nodes, on all at the same time',
      details: 'Otherwise as with --exec: a node that is ready sooner is printed sooner.',
      run: execAtOnce,
    },
  ],
}
