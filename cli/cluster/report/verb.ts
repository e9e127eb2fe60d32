import type { Verb } from '../../command/verb.ts'

/** vhacs cluster --report, in the table of verbs. */
export const reportVerb: Verb = {
  flag: { long: 'report' },
  value: { name: 'FILE' },
  effect: 'changes',
  summary: 'collect state, configuration and logs of all nodes in one file, without secrets',
  details:
    'It changes nothing but FILE, which root alone may read. The archive has an index, what --check, --history, ' +
    'storage --list and storage --info ALL print, and of each node the CIB, crm_mon, DRBD, the target, sessions and node records, the ' +
    'notes of the agents, LVM, the network, versions, clocks, settings, and the logs of the last hours. Passwords, CHAP ' +
    'secrets, tokens and keys are masked; host names, addresses and names of users are not. Time and size are limited; what is missing or was ' +
    'cut, as of a node that is down, is named in the index.',
  example: 'vhacs cluster --report /root/cluster.tar.zst',
  run: async call => (await import('./report.ts')).writeReport(call),
}
