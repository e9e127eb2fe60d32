import { NODES, ROLES } from '../command/syntaxes.ts'
import type { Noun } from '../command/verb.ts'
import { listNodes } from '../state/show.ts'
import { showNodes } from './info.ts'
import { deleteRoles, setRoles } from './roles.ts'
import { activateNodes, standbyNodes } from './standby.ts'

/** vhacs node */
export const node: Noun = {
  name: 'node',
  summary: 'node-level admin functions',
  syntaxes: [NODES, ROLES],
  verbs: [
    {
      flag: { letter: 's', long: 'setrole' },
      value: { name: 'ROLES' },
      operand: { name: 'NODES', position: 'after' },
      effect: 'changes',
      summary: 'give the nodes roles',
      details:
        'All storages that are there let a new vhost log in. That restarts the export of those that run: their I/O waits ' +
        'meanwhile, and their mounts stay.',
      options: [{ long: 'interrupt', summary: 'do it although storages that run are interrupted' }],
      run: setRoles,
    },
    {
      flag: { letter: 'd', long: 'delrole' },
      value: { name: 'ROLES' },
      operand: { name: 'NODES', position: 'after' },
      effect: 'changes',
      summary: 'take roles from the nodes',
      details:
        'A node that is no vhost any more has its mounts moved to another vhost, or unmounted, at once. One without the role ' +
        'storage gets no new storages; the data that it has stay, and in use.',
      run: deleteRoles,
    },
    {
      flag: { letter: 'l', long: 'list' },
      effect: 'shows',
      summary: 'list the nodes with their roles',
      run: listNodes,
    },
    {
      flag: { letter: 'i', long: 'info' },
      value: { name: 'NODES' },
      effect: 'shows',
      summary: 'show everything about the nodes',
      run: showNodes,
    },
    {
      flag: { letter: 'S', long: 'standby' },
      value: { name: 'NODES' },
      effect: 'changes',
      summary: 'move everything away from the nodes, and let nothing run there until --active',
      run: standbyNodes,
    },
    {
      flag: { letter: 'A', long: 'active' },
      value: { name: 'NODES' },
      effect: 'changes',
      summary: 'let the nodes run resources again',
      run: activateNodes,
    },
  ],
}
