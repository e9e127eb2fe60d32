import type { Verb } from '../../command/verb.ts'
import { setChap } from './chap.ts'
import { setDrbdVersion } from './drbd-version.ts'
import { setHandlers } from './handlers.ts'
import { setSecrets } from './secret.ts'

/** The verbs that change settings of storages, in the table of verbs. */
export const settingVerbs: readonly Verb[] = [
  {
    flag: { long: 'setsecret' },
    value: { name: 'STORAGES' },
    effect: 'changes',
    summary: "set a new secret by which the two sides of a storage's replication authenticate each other",
    details:
      'DRBD keeps its connection, and I/O continues. The secret is random, and is stored only in /etc/drbd.d/NAME.res on the two nodes, ' +
      'where root alone may read it. New storages have one; "vhacs cluster --check" names those that have none.',
    example: 'vhacs storage --setsecret mail1',
    run: setSecrets,
  },
  {
    flag: { long: 'setchap' },
    value: { name: 'STORAGES' },
    options: [{ long: 'interrupt', summary: 'proceed although running storages are interrupted' }],
    effect: 'changes',
    summary: 'require CHAP of storages that do not, and copy the secrets of the others to nodes that lack them',
    details:
      'A storage without CHAP gets a random secret, stored only in /etc/vhacs/chap/NAME on its storage nodes and the vhosts, where ' +
      'root alone may read it. A running storage is unmounted meanwhile, because target and session read the secret only at start. ' +
      'For a storage that already requires CHAP, the file is copied to the nodes that lack it; I/O continues, and the secret stays the same.',
    example: 'vhacs storage --setchap mail1 --interrupt',
    run: setChap,
  },
  {
    flag: { long: 'sethandlers' },
    value: { name: 'STORAGES' },
    effect: 'changes',
    summary: "make DRBD call the handlers of VHACS when storages lose a side, instead of DRBD's own scripts",
    details:
      'I/O continues, and DRBD keeps its connection. With drbd-utils before 9.28 and Pacemaker from 2.1.7 on, the scripts make each failover ' +
      'wait for 90 seconds. New storages have the handlers; "vhacs cluster --check" names those that have the scripts.',
    example: 'vhacs storage --sethandlers mail1',
    run: setHandlers,
  },
  {
    flag: { long: 'setdrbd' },
    value: { name: 'STORAGES' },
    effect: 'changes',
    summary: 'write the DRBD configuration for the version of DRBD, 8.4 or 9, that each node runs',
    details:
      'For a node whose module drbd was replaced: only its /etc/drbd.d/NAME.res is changed, and keeps the secret, the addresses and the node-ids. ' +
      'The meta-data on the disks have a version, too, and are not converted: see docs/drbd-9.md. ' +
      'It has not been run with the module of DRBD 9.',
    example: 'vhacs storage --setdrbd ALL',
    run: setDrbdVersion,
  },
]
