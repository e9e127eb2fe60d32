import type { NodeState } from '../../cloud/cib/read/node-state.ts'

/**
 * The standing of a node in the cluster.
 * - `member`: its controller is in the cluster.
 * - `fenced`: Pacemaker has recorded it as down after fencing: it has no history.
 * - `left`: Pacemaker has recorded it as down after a shutdown.
 * - `lost`: Pacemaker has not confirmed that it is down: it will be fenced, or is joining or leaving the cluster.
 * - `unseen`: Pacemaker has no state of it.
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
