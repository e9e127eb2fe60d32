import { fenceMark } from '../cloud/cib/lost-nodes/fence-constraint.ts'
import type { DrbdStatus } from '../system/drbd/status.ts'
import { type Answer, answer, answers, type Change, type Decision } from './answer.ts'
import { allowedWithout, hasMoreSides, isSame, peersAmong } from './cluster/sides.ts'
import type { ClusterView } from './cluster/view.ts'
import { goAhead } from './go-ahead.ts'

/**
 * The decision about lost peers that the status of the resource, or the reason why there is none, allows without the cluster; returns
 * the status if the cluster must be queried.
 */
export function decideByDrbd(status: DrbdStatus | string, lost: readonly string[]): Decision | DrbdStatus {
  if (typeof status === 'string') return answer(answers.unknown, status)
  if (isReconnected(status, lost)) return { kind: 'answer', ...reconnected }
  if (!['UpToDate', 'Consistent'].includes(status.disk))
    return answer(answers.unknown, `the local data are ${status.disk}: they must not replace those of the peer`)
  const peers = peersAmong(status, lost)
  const isPeerUseless = peers.length > 0 && peers.every(({ disk }) => disk === 'Inconsistent')
  if (status.disk === 'UpToDate' && isPeerUseless)
    return answer(answers.peerInconsistent, "the peer's data are Inconsistent and cannot be promoted")
  return status
}

export const reconnected: Answer = {
  code: answers.unknown,
  why: 'the peer is connected and UpToDate again, and DRBD continues by itself: there is nothing to fence',
  isMoot: true,
}

/** Whether the lost peers have the same data again. */
export function isReconnected(status: DrbdStatus, lost: readonly string[]): boolean {
  const peers = peersAmong(status, lost)
  return peers.length > 0 && peers.every(isSame)
}

/** The decision with the cluster's view, for a resource that is UpToDate or Consistent here. */
export function decideByCluster(status: DrbdStatus, view: ClusterView): Decision {
  const { constraint, peers, wanted } = view
  if (peers.length === 0) return answer(answers.unknown, 'DRBD has not named the peer (DRBD_PEER)')
  const sides = { node: wanted.node, lost: peers.map(({ name }) => name), present: constraint?.allowed }
  const changed = allowedWithout(status, sides)
  if (constraint === undefined)
    return goAhead(status, view, { next: { kind: 'place', allowed: changed }, isOurs: false })
  const { id, allowed, mark } = constraint
  if (allowed === undefined)
    return answer(answers.unknown, `the constraint ${id} has an unknown form: delete it, or correct it`)
  const isPeerAllowed = peers.some(({ name }) => allowed.includes(name))
  if (allowed.includes(wanted.node)) {
    // of three sides, it may be another one that was lost before
    if (isPeerAllowed && !hasMoreSides(status))
      return answer(answers.unknown, `the constraint ${id} lets both ${allowed.join(' and ')} be promoted: delete it`)
    const isCurrent = mark === fenceMark(wanted) && !isPeerAllowed
    const next: Change | undefined = isCurrent ? undefined : { kind: 'renew', allowed: changed }
    return goAhead(status, view, { next, isOurs: !isPeerAllowed })
  }
  return isPeerAllowed ? loseTo(status, id, allowed) : answer(answers.unknown, banned(id, allowed))
}

const banned = (id: string, allowed: readonly string[]) =>
  `the constraint ${id} lets only ${allowed.join(', ')} be promoted`

/** The peer was faster, or continued without this node before: it has the good data. A primary cannot outdate its own data. */
function loseTo({ role }: DrbdStatus, id: string, allowed: readonly string[]): Decision {
  const code = role === 'Primary' ? answers.unknown : answers.peerPrimary
  return answer(code, `${banned(id, allowed)}: that node has the good data, not this one`)
}
