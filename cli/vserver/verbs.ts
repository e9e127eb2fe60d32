import { COMMAND, PREFERRED_NODES, VSERVERS } from '../command/syntaxes.ts'
import type { Noun, Operand, Verb } from '../command/verb.ts'
import { listVservers, listVserversBig } from '../state/show.ts'
import { WATCH_KEYS } from '../state/watch/keys.ts'
import { watchVservers } from '../state/watch/watch.ts'
import { createVerb } from './create/verb.ts'
import { CREATION } from './syntaxes.ts'

const vservers: Operand = { name: 'VSERVERS' }

/** Verbs of storages that vservers need: a folder of verbs knows no other. */
interface StorageVerbs {
  /** vhacs storage --prefers */
  readonly preferNodes: Verb['run']
}

/** vhacs vserver */
export function vserverNoun({ preferNodes }: StorageVerbs): Noun {
  return {
    name: 'vserver',
    summary: 'vserver-level admin functions',
    about:
      'A vserver is a container of systemd-nspawn whose root directory is on a storage. It runs on the node on which that is mounted.',
    syntaxes: [VSERVERS, PREFERRED_NODES, COMMAND, ...CREATION],
    verbs: [
      createVerb,
      {
        flag: { letter: 'D', long: 'destroy' },
        value: vservers,
        options: [
          { long: 'yes', summary: 'proceed without asking' },
          { long: 'keep-tree', summary: 'remove it from the cluster only, and leave its directory' },
        ],
        effect: 'changes',
        summary: 'stop vservers and remove them, with all data in them',
        details:
          'It also removes what a --create that was killed has left. The storage must be mounted, except with --keep-tree. A storage that was mounted anew without nosuid for its vservers stays so; the last one shows how to change that. If it fails or is killed, call it again.',
        example: 'vhacs vserver --destroy web3',
        run: async call => (await import('./destroy.ts')).destroyVservers(call),
      },
      {
        flag: { letter: 'u', long: 'unfail' },
        value: vservers,
        effect: 'changes',
        summary: 'clear failures, and let vservers be started again',
        example: 'vhacs vserver --unfail web0',
        run: async call => (await import('./unfail.ts')).unfailVservers(call),
      },
      {
        flag: { letter: 'r', long: 'restart' },
        value: vservers,
        effect: 'changes',
        summary: 'stop vservers and start them again',
        details:
          'If the restart is interrupted, or they do not stop in time, they are started again. A reboot inside does the same without the cluster.',
        example: 'vhacs vserver --restart web0',
        run: async call => (await import('./standby.ts')).restartVservers(call),
      },
      {
        flag: { letter: 'l', long: 'list' },
        effect: 'shows',
        usesCibFile: true,
        summary: 'list the vservers',
        example: 'vhacs vserver --list',
        run: listVservers,
      },
      {
        flag: { letter: 'L', long: 'listbig' },
        effect: 'shows',
        usesCibFile: true,
        summary: 'list the vservers, with network and directory',
        example: 'vhacs vserver --listbig',
        run: listVserversBig,
      },
      {
        flag: { letter: 'm', long: 'monitor' },
        effect: 'watches',
        summary: 'show the vservers, continuously updated',
        details: WATCH_KEYS,
        example: 'vhacs vserver --monitor',
        run: watchVservers,
      },
      {
        flag: { letter: 'M', long: 'monitor1' },
        effect: 'shows',
        summary: 'show the vservers once',
        example: 'vhacs vserver --monitor1 --json',
        run: listVservers,
      },
      {
        flag: { letter: 'i', long: 'info' },
        value: vservers,
        effect: 'shows',
        summary:
          'show everything about vservers: where they run, their parameters and failures, and how to get a shell',
        example: 'vhacs vserver --info web0',
        run: async call => (await import('./info.ts')).showVserverInfo(call),
      },
      {
        flag: { letter: 'S', long: 'standby' },
        value: vservers,
        effect: 'changes',
        summary: 'shut down vservers, and keep them stopped until --active',
        example: 'vhacs vserver --standby web0,web1',
        run: async call => (await import('./standby.ts')).standbyVservers(call),
      },
      {
        flag: { letter: 'A', long: 'active' },
        value: vservers,
        effect: 'changes',
        summary: 'start vservers that are in standby',
        example: 'vhacs vserver --active ALL',
        run: async call => (await import('./standby.ts')).activateVservers(call),
      },
      {
        flag: { letter: 'p', long: 'prefers' },
        value: { name: 'NODES' },
        operand: { name: 'VSERVERS', position: 'after' },
        effect: 'changes',
        summary: 'set the nodes that vservers are to run on, in order of preference, and move them if possible',
        details:
          'A vserver runs where its storage is mounted: this sets the preferred nodes of that, and moves its mount with all its vservers, which stop for it.',
        example: 'vhacs vserver --prefers node3,node1 web0',
        run: async call => (await import('./prefers.ts')).preferNodesFor(call, preferNodes),
      },
      {
        flag: { letter: 'E', long: 'exec' },
        value: { name: 'COMMAND|-' },
        operand: { name: 'VSERVERS', isOptional: true, position: 'before' },
        effect: 'changes',
        summary: 'run a command in vservers, one after another',
        details:
          'Without VSERVERS, in all vservers. The command runs as root of the container, without a terminal, and its output is printed when it has ended in one. It fails if the command fails in any.',
        example: 'vhacs vserver web0-3 --exec "apt-get update"',
        run: async call => (await import('./exec.ts')).execInVservers(call),
      },
      {
        flag: { long: 'shell' },
        value: { name: 'VSERVER' },
        effect: 'changes',
        summary: 'open a shell in a vserver, on whichever node it runs',
        details:
          'The shell runs as root of the container, and vhacs exits with its status. It needs a terminal; the shell ends when the vserver is stopped or moves.',
        example: 'vhacs vserver --shell web0',
        run: async call => (await import('./shell.ts')).openVserverShell(call),
      },
    ],
  }
}
