import { NODES, ROLES } from '../command/syntaxes.ts'
import type { Noun } from '../command/verb.ts'
import { listNodes } from '../state/show.ts'
import { evacuateNode } from './evacuate.ts'
import { forgetVerb } from './forget/verb.ts'
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
      summary: 'add roles to the nodes',
      details:
        'A new vhost is added to the ACLs of all existing storages. That restarts the exports of running storages: their I/O is ' +
        'paused meanwhile, and they stay mounted. It also gets the files with the CHAP secrets of the storages.',
      options: [{ long: 'interrupt', summary: 'proceed although running storages are interrupted' }],
      example: 'vhacs node --setrole vhost node3',
      run: setRoles,
    },
    {
      flag: { letter: 'd', long: 'delrole' },
      value: { name: 'ROLES' },
      operand: { name: 'NODES', position: 'after' },
      effect: 'changes',
      summary: 'remove roles from the nodes',
      details:
        'Without the vhost role, the mounts of a node are moved to another vhost at once, or unmounted. Without the storage role, a ' +
        'node gets no new storages; the data on it stay, and stay in use.',
      example: 'vhacs node --delrole vhost node3',
      run: deleteRoles,
    },
    {
      flag: { letter: 'l', long: 'list' },
      effect: 'shows',
      usesCibFile: true,
      summary: 'list the nodes with their roles',
      example: 'vhacs node --list',
      run: listNodes,
    },
    {
      flag: { letter: 'i', long: 'info' },
      value: { name: 'NODES' },
      effect: 'shows',
      summary: 'show everything about the nodes',
      example: 'vhacs node --info node1',
      run: showNodes,
    },
    {
      flag: { letter: 'S', long: 'standby' },
      value: { name: 'NODES' },
      effect: 'changes',
      summary: 'move all resources away from the nodes, and run none there until --active',
      details:
        'This is refused while a running storage could not move: its other node is down, does not have all the data, or could not start it, ' +
        'or a constraint or setting is in the way. ' +
        'With --interrupt it is done anyway; the storage is then down until one of its nodes with the data runs resources again.',
      options: [{ long: 'interrupt', summary: 'proceed although running storages will be down' }],
      example: 'vhacs node --standby node2',
      run: standbyNodes,
    },
    {
      flag: { letter: 'A', long: 'active' },
      value: { name: 'NODES' },
      effect: 'changes',
      summary: 'let the nodes run resources again',
      example: 'vhacs node --active node2',
      run: activateNodes,
    },
    {
      flag: { long: 'evacuate' },
      value: { name: 'NODE' },
      options: [{ long: 'yes', summary: 'proceed without asking' }],
      effect: 'changes',
      summary: 'move all storages away from a node, which may be lost',
      details:
        'The sides on it move to other nodes one after the other, as with "vhacs storage --replace": vhacs chooses nodes with the storage role and enough space, as for new storages, ' +
        'and refuses if there is none for one of them. Then its mounts move. The node loses both roles, so that it gets nothing new; give them back with --setrole. ' +
        'Whatever interrupts it, the same command does what remains.',
      example: 'vhacs node --evacuate node2',
      run: evacuateNode,
    },
    forgetVerb,
  ],
}
