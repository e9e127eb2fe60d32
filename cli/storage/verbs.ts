import {
  COPIES,
  DRBD_NODES,
  EXPORT_FILE,
  NEW_STORAGE,
  PREFERRED_NODES,
  SIZE,
  SNAPSHOT,
  SOURCE,
  STORAGES,
} from '../command/syntaxes.ts'
import type { Noun, Operand, Option } from '../command/verb.ts'
import { listStorages, listStoragesBig, monitorStorages } from '../state/show.ts'
import { WATCH_KEYS } from '../state/watch/keys.ts'
import { watchStorages } from '../state/watch/watch.ts'
import { copyVerbs } from './copies/verbs.ts'
import { createStorages } from './create-storage.ts'
import { destroyStorages } from './destroy-storage.ts'
import { growVerb } from './grow/verb.ts'
import { showStorageInfo } from './info/info.ts'
import { preferNodes } from './prefers.ts'
import { rehearseVerb } from './rehearse/verb.ts'
import { replaceVerb } from './replace/verb.ts'
import { settingVerbs } from './settings/verbs.ts'
import { snapshotVerbs } from './snapshots/verbs.ts'
import { activateStorages, restartStorages, standbyStorages } from './standby.ts'
import { unfailStorages } from './unfail.ts'
import { repairVerb, verifyVerb } from './verify/verb.ts'

const storages: Operand = { name: 'STORAGES' }
const yes: Option = { long: 'yes', summary: 'proceed without asking' }

/** vhacs storage */
export const storage: Noun = {
  name: 'storage',
  summary: 'storage-level admin functions',
  about: 'The file of clouds, which vhacs compose reads, calls a storage a cloud.',
  syntaxes: [STORAGES, PREFERRED_NODES, DRBD_NODES, SIZE, SNAPSHOT, SOURCE, NEW_STORAGE, EXPORT_FILE, COPIES],
  verbs: [
    {
      flag: { letter: 'c', long: 'create' },
      value: { ...storages, isNew: true },
      options: [
        { letter: 's', long: 'size', value: 'SIZE', isRequired: true, summary: 'the size of each' },
        {
          letter: 'n',
          long: 'nodes',
          value: 'DRBD_NODES',
          summary: 'the nodes to hold the data, in order of preference (default: those with the most free space)',
        },
        {
          long: 'copies',
          value: 'NUMBER',
          summary: 'on how many nodes the data are: 2, or 3 where all of these run DRBD 9 (default: 2)',
        },
        { long: 'chap', summary: 'require CHAP, with a secret that vhacs generates' },
      ],
      effect: 'changes',
      summary: 'create storages, from the logical volume to the mount',
      details:
        'Each is mounted at /clouds/NAME. Everything is checked before anything is changed. Several storages are created at the ' +
        'same time; if the creation of one fails, that one is rolled back and the others are kept. ' +
        'With --chap only initiators that know a secret can log in: it is random, and is stored only in /etc/vhacs/chap/NAME on the ' +
        'storage nodes and vhosts, where root alone may read it.',
      example: 'vhacs storage --create mail1-4 --size 10G',
      run: createStorages,
    },
    {
      flag: { letter: 'D', long: 'destroy' },
      value: storages,
      options: [
        yes,
        {
          long: 'force',
          summary: 'proceed although it is in use, was changed by hand, or has data on a node that is lost',
        },
      ],
      effect: 'changes',
      summary: 'stop storages and remove them, with all data on them',
      details:
        'A storage that is used by processes, by the kernel (loop devices, swap files, NFS exports) or by initiators outside the cluster ' +
        'is refused; with --force vhacs tries to destroy it anyway. With --force, a storage whose node the cluster has lost is destroyed ' +
        'without that node, and what remains there is reported. Where a storage differs from what vhacs created, so that its data cannot ' +
        'be determined, the data are left in place.',
      example: 'vhacs storage --destroy mail3',
      run: destroyStorages,
    },
    {
      flag: { letter: 'u', long: 'unfail' },
      value: storages,
      options: [
        { long: 'discard', value: 'NODE', summary: 'in a split brain, discard what only this node has written' },
        yes,
      ],
      effect: 'changes',
      summary: 'clear failures, and fence constraints that keep outdated data from being promoted',
      details:
        'A fence constraint is only removed if both sides have the same data; otherwise DRBD removes it after the resync. ' +
        'Two sides that an operator has disconnected are connected. A split brain is only resolved with --discard.',
      example: 'vhacs storage --unfail mail1',
      run: unfailStorages,
    },
    growVerb,
    replaceVerb,
    ...snapshotVerbs,
    ...copyVerbs,
    ...settingVerbs,
    {
      flag: { letter: 'r', long: 'restart' },
      value: storages,
      effect: 'changes',
      summary: 'stop storages and start them again',
      details:
        'They are unmounted meanwhile. A storage in standby is refused, and one that would not start again where it is. If the restart is interrupted, or the storages do not stop in ' +
        'time, they are started again.',
      example: 'vhacs storage --restart mail1',
      run: restartStorages,
    },
    rehearseVerb,
    verifyVerb,
    repairVerb,
    {
      flag: { letter: 'l', long: 'list' },
      effect: 'shows',
      usesCibFile: true,
      summary: 'list the storages, without querying any node',
      example: 'vhacs storage --list',
      run: listStorages,
    },
    {
      flag: { letter: 'L', long: 'listbig' },
      effect: 'shows',
      summary: 'list the storages, with free space, service address and directory',
      example: 'vhacs storage --listbig',
      run: listStoragesBig,
    },
    {
      flag: { letter: 'm', long: 'monitor' },
      effect: 'watches',
      summary: 'show the storages with their free space, continuously updated',
      details: WATCH_KEYS,
      example: 'vhacs storage --monitor',
      run: watchStorages,
    },
    {
      flag: { letter: 'M', long: 'monitor1' },
      effect: 'shows',
      summary: 'show the storages once, with their free space',
      example: 'vhacs storage --monitor1 --json',
      run: monitorStorages,
    },
    {
      flag: { letter: 'i', long: 'info' },
      value: storages,
      effect: 'shows',
      summary: 'show everything about storages, from the volumes to the mount',
      details:
        'It also shows whether other nodes could take over the export and the mount, and if not, why and what to do.',
      example: 'vhacs storage --info mail1',
      run: showStorageInfo,
    },
    {
      flag: { letter: 'S', long: 'standby' },
      value: storages,
      effect: 'changes',
      summary: 'unmount and stop storages, and keep them stopped until --active',
      example: 'vhacs storage --standby mail1,mail2',
      run: standbyStorages,
    },
    {
      flag: { letter: 'A', long: 'active' },
      value: storages,
      effect: 'changes',
      summary: 'start storages that are in standby',
      example: 'vhacs storage --active ALL',
      run: activateStorages,
    },
    {
      flag: { letter: 'p', long: 'prefers' },
      value: { name: 'NODES' },
      operand: { name: 'STORAGES', position: 'after' },
      effect: 'changes',
      summary:
        'set the nodes that storages are to be mounted on, in order of preference, and move the mounts if possible',
      details: 'If the first node cannot mount it, the next one is tried.',
      example: 'vhacs storage --prefers node3,node1 mail1',
      run: preferNodes,
    },
  ],
}
