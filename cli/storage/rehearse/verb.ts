import type { Verb } from '../../command/verb.ts'
import { rehearseStorages } from './rehearse.ts'

/** vhacs storage --rehearse, in the table of verbs. */
export const rehearseVerb: Verb = {
  flag: { long: 'rehearse' },
  value: { name: 'STORAGES' },
  options: [
    {
      long: 'nightly',
      summary:
        'for the timer: only the one that was not rehearsed for the longest time, and only on the node that coordinates the cluster',
    },
  ],
  effect: 'changes',
  summary: 'rehearse the failover of storages: move their exports to the other side and back',
  details:
    'They stay mounted; I/O pauses for some seconds at each of the two moves. Shown are both pauses, and whether disk and mount are the same as ' +
    'before. A storage that is not ready for a takeover is refused, and nothing is changed. Whatever happens, nothing is left that ' +
    'keeps the export on a node; after an interruption it stays where it is. "vhacs storage --info" shows the last result.',
  example: 'vhacs storage --rehearse mail1',
  run: rehearseStorages,
}
