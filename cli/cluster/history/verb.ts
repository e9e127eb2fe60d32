import type { Verb } from '../../command/verb.ts'

/** vhacs cluster --history, in the table of verbs. */
export const historyVerb: Verb = {
  flag: { long: 'history' },
  value: { name: 'STORAGES', isOptional: true },
  effect: 'shows',
  summary: 'show past failovers and moves of storages, from the logs of the nodes',
  details:
    'Without STORAGES, of all. Each is a timeline, the newest last: the node that was lost and fenced, the promotion of DRBD, target, address, ' +
    'session and mount, each with the seconds since the step before it; vservers on them have timelines of their own. It reads the log of Pacemaker with its four newest rotated ' +
    'files, and what the kernel and iscsid wrote to the journal, on all nodes; a node that cannot be reached is named. Restarts on the same ' +
    'node are shown, too, but not storages that were stopped as a whole.',
  example: 'vhacs cluster --history mail1',
  run: async call => (await import('./history.ts')).showHistory(call),
}
