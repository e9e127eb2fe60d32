import { DRBD_NODES, PREFERRED_NODES, SIZE, STORAGES } from '../command/syntaxes.ts'
import type { Noun, Operand, Option } from '../command/verb.ts'
import { listStorages, listStoragesBig, monitorStorages } from '../state/show.ts'
import { WATCH_KEYS } from '../state/watch/keys.ts'
import { watchStorages } from '../state/watch/watch.ts'
import { createVerb } from './create-storage.ts'
import { destroyVerb } from './destroy-storage.ts'
import { showStorageInfo } from './info.ts'
import { preferNodes } from './prefers.ts'
import { activateStorages, restartStorages, standbyStorages } from './standby.ts'
import { unfailStorages } from './unfail.ts'

const storages: Operand = { name: 'STORAGES' }
const yes: Option = { long: 'yes', summary: 'do it without asking' }

/** vhacs storage */
export const storage: Noun = {
  name: 'storage',
  summary: 'storage-level admin functions',
  syntaxes: [STORAGES, PREFERRED_NODES, DRBD_NODES, SIZE],
  verbs: [
    {
      flag: { letter: 'c', long: 'create' },
      value: storages,
      options: [
        { letter: 's', long: 'size', value: 'SIZE', isRequired: true, summary: 'the size of each' },
        {
          letter: 'n',
          long: 'nodes',
          value: 'DRBD_NODES',
          summary: 'the nodes to hold the data, in order of preference (default: those with the most free space)',
        },
      ],
      effect: 'changes',
      summary: 'make storages, from the logical volume to the mount',
      details:
        'Each is mounted at /clouds/NAME. Everything is checked before anything is changed. Several are made at the same time; one ' +
        'whose creation fails is undone, and the others stay.',
      run: createVerb,
    },
    {
      flag: { letter: 'D', long: 'destroy' },
      value: storages,
      options: [
        yes,
        { long: 'force', summary: 'do it although it is in use, not as vhacs made it, or without a node that is lost' },
      ],
      effect: 'changes',
      summary: 'stop storages and remove them, with all data on them',
      details:
        'What is used by processes, by the kernel (loop devices, swap files, NFS exports) or by initiators outside of the cluster is refused. ' +
        'With --force its end is tried. With --force a storage whose node the cluster has lost goes as well; what stays on that node is said. ' +
        'Of a storage that differs from what vhacs created, its data are left where it cannot be determined which they are.',
      run: destroyVerb,
    },
    {
      flag: { letter: 'u', long: 'unfail' },
      value: storages,
      options: [
        { long: 'discard', value: 'NODE', summary: 'in a split brain, throw away what this node alone has written' },
        yes,
      ],
      effect: 'changes',
      summary: 'clear failures, and constraints that keep outdated data from being promoted',
      details:
        'A constraint is only taken away when both sides have the same data; else it goes by itself after the resync. ' +
        'Two sides that an operator has disconnected are connected. A split brain is only resolved with --discard.',
      run: unfailStorages,
    },
    {
      flag: { letter: 'r', long: 'restart' },
      value: storages,
      effect: 'changes',
      summary: 'stop storages and start them again, and nothing else',
      details:
        'They are unmounted meanwhile. One that is in standby is refused. When it is interrupted, or they do not stop in time, they are started again.',
      run: restartStorages,
    },
    {
      flag: { letter: 'l', long: 'list' },
      effect: 'shows',
      summary: 'list the storages, without asking any node',
      run: listStorages,
    },
    {
      flag: { letter: 'L', long: 'listbig' },
      effect: 'shows',
      summary: 'list the storages with free space, service address and directory as well',
      run: listStoragesBig,
    },
    {
      flag: { letter: 'm', long: 'monitor' },
      effect: 'watches',
      summary: 'show the storages with their free space, again and again',
      details: WATCH_KEYS,
      run: watchStorages,
    },
    {
      flag: { letter: 'M', long: 'monitor1' },
      effect: 'shows',
      summary: 'show the storages once, with their free space',
      run: monitorStorages,
    },
    {
      flag: { letter: 'i', long: 'info' },
      value: storages,
      effect: 'shows',
      summary: 'show everything about storages, from the volumes to the mount',
      run: showStorageInfo,
    },
    {
      flag: { letter: 'S', long: 'standby' },
      value: storages,
      effect: 'changes',
      summary: 'unmount storages and stop them, and keep them stopped until --active',
      run: standbyStorages,
    },
    {
      flag: { letter: 'A', long: 'active' },
      value: storages,
      effect: 'changes',
      summary: 'start storages that are in standby',
      run: activateStorages,
    },
    {
      flag: { letter: 'p', long: 'prefers' },
      value: { name: 'NODES' },
      operand: { name: 'STORAGES', position: 'after' },
      effect: 'changes',
      summary: 'set the nodes that storages shall be mounted on, in order, and move the mounts if possible',
      details: 'Where the first cannot mount it, the next is tried.',
      run: preferNodes,
    },
  ],
}
