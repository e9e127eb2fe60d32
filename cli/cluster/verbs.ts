import {
  ALERT_RECIPIENTS,
  CLUSTER_NAME,
  CLUSTER_NODES,
  COMMAND,
  DISK,
  REPORT_FILE,
  ROLES,
  STORAGES,
} from '../command/syntaxes.ts'
import type { Noun } from '../command/verb.ts'
import { showCluster } from '../state/show.ts'
import { WATCH_KEYS } from '../state/watch/keys.ts'
import { watchCluster } from '../state/watch/watch.ts'
import { aloneVerb } from './alone/verb.ts'
import { checkCluster } from './check/check.ts'
import { execAtOnce, execInTurn } from './exec.ts'
import { historyVerb } from './history/verb.ts'
import { initCluster } from './init/init.ts'
import { joinVerb } from './join/verb.ts'
import { partVerb } from './part/verb.ts'
import { reportVerb } from './report/verb.ts'
import { setAlerts } from './set-alerts.ts'
import { setPriorities } from './set-priorities.ts'

/** vhacs cluster */
export const cluster: Noun = {
  name: 'cluster',
  summary: 'check, form and monitor the cluster, and run commands on its nodes',
  syntaxes: [CLUSTER_NODES, STORAGES, ROLES, CLUSTER_NAME, DISK, COMMAND, ALERT_RECIPIENTS, REPORT_FILE],
  verbs: [
    {
      flag: { letter: 'c', long: 'check' },
      effect: 'shows',
      summary: 'check all nodes, and report what to do about each finding',
      details:
        'It checks tools, agents, handlers of DRBD, versions, kernel modules, DRBD files, time-outs, settings, interfaces, names, ssh and host keys, clocks, quorum, ' +
        "corosync's links, fencing, priorities, standby and maintenance, services that start at boot or stop too early at shutdown, and LVM; " +
        'whether the storages are running and in sync, their replication is authenticated, their exports and mounts would leave a node that loses ' +
        'its storage network, and all vhosts are in their ACLs; whether ' +
        'the CHAP secrets are on all nodes that need them and, where storages do not require CHAP, the storage network has no router; ' +
        'whether the disks match the cluster; and whether vservers can run on all vhosts, have ids of their own and a mount without nosuid. It asks the scheduler what becomes of each storage when a node is lost or put in ' +
        'standby, and names what is in the way of a takeover, such as a constraint that "crm_resource --ban" has left. ' +
        'It fails if it finds an error.',
      example: 'vhacs cluster --check',
      run: checkCluster,
    },
    historyVerb,
    reportVerb,
    aloneVerb,
    {
      flag: { letter: 'I', long: 'init' },
      value: { name: 'NODES', isOptional: true, isNew: true },
      options: [
        {
          long: 'name',
          value: 'NAME',
          summary: 'name of the cluster, part of the target names (default: vhacs- and the name of the first node)',
        },
        { long: 'roles', value: 'ROLES', summary: 'roles of all the nodes: storage, vhost, or ALL for both' },
        { long: 'sbd-device', value: 'PATH', summary: 'fence by this disk, which all nodes must share' },
        { long: 'sbd-watchdog', summary: "fence by each node's own watchdog; needs at least three nodes" },
        {
          long: 'alerts',
          value: 'RECIPIENTS',
          summary: 'report events of the cluster, as --setalerts does (default: none)',
        },
        { long: 'yes', summary: 'overwrite the disk of --sbd-device without asking' },
      ],
      effect: 'changes',
      summary: 'form a cluster of nodes that ssh can reach',
      details:
        'Without NODES, of this node alone. Everything is checked before anything is changed. Corosync gets a link over ' +
        'HEARTBEAT_IFNAME and a second one over STORAGE_IFNAME of each /etc/vhacs.conf. Changed files are kept beside the new ' +
        'ones, as *.backup-TIME. If a step fails, or after Ctrl-C, everything is rolled back. Nodes that already form that ' +
        'cluster are left alone.',
      example: 'vhacs cluster --init node1-3 --roles ALL --sbd-watchdog',
      run: initCluster,
    },
    joinVerb,
    partVerb,
    {
      flag: { long: 'setpriorities' },
      effect: 'changes',
      summary: 'let the node with the mounts survive when two nodes lose each other',
      details:
        'It sets what is missing, and interrupts nothing: a priority of each mount and export, and of the fencing device, which ' +
        "breaks a tie; priority-fencing-delay, by sbd's time-outs, so that the node with less does not fence before it is fenced; and " +
        'the time-out of fencing if it would be too short for that. What is set already, and long enough, stays. A cluster that --init ' +
        'has formed has it, and so have storages that were created since.',
      example: 'vhacs cluster --setpriorities',
      run: setPriorities,
    },
    {
      flag: { long: 'setalerts' },
      value: { name: 'RECIPIENTS' },
      effect: 'changes',
      summary: 'report fencing, failures, degraded storages and lost nodes to a log, by mail or to a webhook',
      details:
        'It sets the alert of the cluster that runs /usr/lib/vhacs/vhacs-alert, and makes its directory on the nodes; other alerts stay. ' +
        'Each event is one line that names storage, node and what to do; the same one is reported once. ' +
        'Everybody who may read the CIB can read the recipients.',
      example: 'vhacs cluster --setalerts log,mail:admin@example.com',
      run: setAlerts,
    },
    {
      flag: { letter: 'm', long: 'monitor' },
      effect: 'watches',
      summary: 'show the nodes and the storages, and keep updating',
      details: WATCH_KEYS,
      example: 'vhacs cluster --monitor',
      run: watchCluster,
    },
    {
      flag: { letter: 'M', long: 'monitor1' },
      effect: 'shows',
      summary: 'show the nodes and the storages once',
      example: 'vhacs cluster --monitor1',
      run: showCluster,
    },
    {
      flag: { letter: 'E', long: 'exec' },
      value: { name: 'COMMAND|-' },
      operand: { name: 'NODES', isOptional: true, position: 'before' },
      effect: 'changes',
      summary: 'run a command on the nodes, one after another',
      details:
        "Without NODES, on all nodes. The command runs as root in root's home directory, without a terminal, and its output is " +
        'printed when it has ended on a node. It fails if the command fails on any node. Named nodes need not be in a cluster. ' +
        'Ctrl-C ends the wait: the command is not started on further nodes, but may continue on another node where it is running.',
      example: 'vhacs cluster node1-2 --exec "uptime; df -h"',
      run: execInTurn,
    },
    {
      flag: { letter: 'P', long: 'parallel-exec' },
      value: { name: 'COMMAND|-' },
      operand: { name: 'NODES', isOptional: true, position: 'before' },
      effect: 'changes',
      summary: 'run a command on all the nodes at the same time',
      details: 'Otherwise like --exec. The output of each node is printed when its command has ended.',
      example: 'vhacs cluster --parallel-exec uptime',
      run: execAtOnce,
    },
  ],
}
