import type { Syntax } from './verb.ts'

/** The forms of a list of names; they are those of the first VHACS. */
function names(name: string, what: string, all: string): Syntax {
  const plural = `${what}s`
  return {
    name,
    forms: [
      ['foobar', `just the ${what} named foobar`],
      ['foobar1,foobar2,foobar3', `all listed ${plural}`],
      ['foobar1-3', 'equivalent to foobar1,foobar2,foobar3'],
      ['foobar01-12', 'equivalent to foobar01,foobar02, and so on to foobar12'],
      ['foobar1-3,foobar5', 'equivalent to foobar1,foobar2,foobar3,foobar5'],
      ['foobar1-2-2', `the ${what} named foobar1-2, which would be read as a range`],
      ['ALL', all],
    ],
  }
}

export const CLUSTER_NODES = names(
  'NODES',
  'node',
  'all nodes of the cluster that this node belongs to; not for --init and --join',
)
export const NODES = names('NODES', 'node', 'all nodes')
export const STORAGES = names('STORAGES', 'storage', 'all storages; not for --create')

export const VSERVERS = names('VSERVERS', 'vserver', 'all vservers; not for --create')

export const ROLES: Syntax = {
  name: 'ROLES',
  forms: [
    ['vhost', 'the node can mount storages, and run resources such as virtual machines on them'],
    ['storage', 'the node can hold the data of storages on its disks'],
    ['vhost,storage', 'the node can do both'],
    ['ALL', 'equivalent to vhost,storage'],
  ],
}

export const COPIES: Syntax = {
  name: 'NUMBER',
  forms: [
    ['2', 'the data are on two nodes'],
    ['3', 'the data are on three nodes, which all run DRBD 9'],
  ],
}

export const CLUSTER_NAME: Syntax = {
  name: 'NAME',
  forms: [['berlin2', 'letters, digits, dots and dashes; clusters that share an initiator must have different names']],
}

export const DISK: Syntax = {
  name: 'PATH',
  forms: [
    [
      '/dev/disk/by-id/NAME',
      'the same on all nodes; a name like /dev/sdb may belong to another disk after the next boot',
    ],
  ],
}

export const ALERT_RECIPIENTS: Syntax = {
  name: 'RECIPIENTS',
  forms: [
    ['log', 'syslog of the node that sees the event'],
    ['mail:admin@example.com', 'an address, by sendmail of the node'],
    ['https://host.example/path', 'a POST of JSON, as docs/alerts.md describes it; http:// too'],
    ['log,mail:admin', 'all listed recipients'],
    ['none', 'no alert any more'],
  ],
}

export const REPORT_FILE: Syntax = {
  name: 'FILE',
  forms: [['/root/cluster.tar.zst', 'a file that does not exist yet; its name ends in .tar.zst']],
}

export const COMMAND: Syntax = {
  name: 'COMMAND',
  forms: [
    ['"uptime; df -h"', 'one argument, interpreted by the shell of each node'],
    ['-', 'a script for sh, read from standard input'],
  ],
}

export const PREFERRED_NODES: Syntax = {
  name: 'NODES',
  forms: [
    [
      'nodefoobar',
      'move the mount of the storage to nodefoobar if possible, and prefer that node for mounting in the future',
    ],
    ['node1-2,node4', 'try node1, then node2, then node4, and prefer the nodes in that order for future moves'],
  ],
}

export const DRBD_NODES: Syntax = {
  name: 'DRBD_NODES',
  forms: [
    ['node1,node2', 'the two nodes that hold the data, the preferred one first'],
    [
      'node1-2,node4',
      'of node1, node2 and node4, the first two (with --copies 3, all three) that have the storage role, are online and have enough space; ALL has no special meaning here',
    ],
  ],
}

export const SNAPSHOT: Syntax = {
  name: 'SNAPSHOT',
  forms: [
    ['before-upgrade', 'letters, digits and dashes, at most 30; the snapshots of one storage have different names'],
    ['ALL', 'all snapshots, for --drop'],
  ],
}

export const SOURCE: Syntax = {
  name: 'SOURCE',
  forms: [
    ['mail1', 'a storage; a snapshot is taken of it, and dropped afterwards'],
    ['mail1@monday', 'the snapshot monday of mail1'],
  ],
}

export const NEW_STORAGE: Syntax = {
  name: 'NAME',
  forms: [['mail5', 'a storage that does not exist yet: letters, digits and dashes, at most 32, a letter first']],
}

export const EXPORT_FILE: Syntax = {
  name: 'FILE',
  forms: [
    ['/backup/mail1.tar.zst', 'a file whose name ends in .tar.zst; for --export one that does not exist yet'],
    ['-', 'standard output, or standard input'],
  ],
}

export const SIZE: Syntax = {
  name: 'SIZE',
  forms: [['500M, 1.5G, 2T', 'a number and a unit; units are powers of 1024']],
}
