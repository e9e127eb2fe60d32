import type { Verb } from '../../command/verb.ts'

/** vhacs cluster --elect, in the table of verbs. */
export const electVerb: Verb = {
  flag: { long: 'elect' },
  effect: 'changes',
  summary: 'let this node coordinate the cluster if its Pacemaker waits in vain for a node that is gone',
  details:
    'For a node that is left alone, with quorum, and starts nothing: its Pacemaker had made way for a coordinator that was lost at the same moment, ' +
    'and waits for it without an end. It watches for half a minute whether that is so, then has Pacemaker start a new controller, which elects a ' +
    'coordinator after twenty seconds. What runs goes on meanwhile. A lost node that the cluster still takes for present is fenced first. It changes nothing where another node is in the cluster, ' +
    'there is no quorum, the cluster is in maintenance mode, or Pacemaker stops. The timer vhacs-elect.timer calls it while Pacemaker runs.',
  example: 'vhacs cluster --elect',
  run: async call => (await import('./elect.ts')).electCoordinator(call),
}
