import type { NodeState } from '../../cloud/cib/read/node-state.ts'

/**
 * How a node stands.
 * - `member`: its controller is in the cluster.
 * - `fenced`: Pacemaker has it down, and it was fenced: it has no history.
 * - `left`: Pacemaker has it down, and it was shut down.
 * - `lost`: Pacemaker does not know it to be down: it is to be fenced, or on its way into or out of the cluster.
 * - `unseen`: Pacemaker knows nothing of it.
 */
export type Standing = 'member' | 'fenced' | 'left' | 'lost' | 'unseen'

/** `isFencing`: whether fencing is enabled; without it, nothing was fenced. */
export function standingOf(state: NodeState | undefined, { isFencing }: { readonly isFencing: boolean }): Standing {
  if (state === undefined) return 'unseen'
  const { isMember, isOnline: online, join, expected, hasHistory } = state
  if (isMember && online) return expected === 'down' || join === 'banned' ? 'lost' : 'member'
  if (isMember === undefined || online || expected !== 'down' || join !== 'down') return 'lost'
  return !isMember && !hasHistory && isFencing ? 'fenced' : 'left'
}
