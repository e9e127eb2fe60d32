import type { Syntax } from '../command/verb.ts'

/** The forms of the arguments of vhacs vserver --create. */
export const CREATION: readonly Syntax[] = [
  { name: 'STORAGE', forms: [['mail1', 'a storage, which is mounted']] },
  {
    name: 'IMAGE',
    forms: [
      [
        '/images/web.tar.zst',
        'a root file system as a tar archive, plain or compressed by gzip, xz or zstd, as "machinectl export-tar", "docker export" and mmdebstrap write it',
      ],
      ['/images/web', 'a directory of this node with one'],
      ['-', 'such an archive, from standard input'],
    ],
  },
  { name: 'SUITE', forms: [['bookworm', 'the name of a suite of Debian']] },
  { name: 'URL', forms: [['http://deb.debian.org/debian', 'a mirror of Debian']] },
  {
    name: 'NETWORK',
    forms: [
      ['none', 'only a loopback interface'],
      ['host', 'the network of the node, with all of its interfaces and addresses'],
      ['bridge:br0', 'an interface host0, connected to the bridge br0, which all nodes need'],
      ['macvlan:eth2', 'an interface mv-eth2 with a MAC address of its own, beside eth2, which all nodes need'],
    ],
  },
  { name: 'ADDRESS', forms: [['192.0.2.10/24', 'an address that is free, with the length of its prefix']] },
  { name: 'PROGRAM', forms: [['"/usr/bin/nginx -g"', 'an absolute path, and arguments without quotes']] },
  { name: 'MEMORY', forms: [['512M, 2G', 'a whole number and a unit; units are powers of 1024']] },
  { name: 'WEIGHT', forms: [['200', 'from 1 to 10000; everything has 100 by default']] },
  {
    name: 'IDS',
    forms: [
      ['655360', 'the first of 65536 user ids of the nodes, a multiple of 65536; it is root inside'],
      ['no', 'those of the node: root inside is root of the node'],
    ],
  },
  { name: 'FILE', forms: [['/etc/vhacs/web0.nspawn', 'a file as of systemd.nspawn(5), the same on all nodes']] },
  { name: 'SECONDS', forms: [['120', 'a whole number']] },
]
