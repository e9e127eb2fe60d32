import type { DrbdStatus } from '../system/drbd/status.ts'
import { type Answer, answer, answers, type Change, type Decision, wait } from './answer.ts'
import type { Standing } from './cluster/standing.ts'
import type { ClusterView, PeerView } from './cluster/view.ts'

/**
 * The change of the constraint that is needed before this node may continue, if any, and whether the constraint already allows this
 * node and not the lost peers.
 */
interface ConstraintState {
  readonly next: Change | undefined
  readonly isOurs: boolean
}

/** The facts about the peers that are required before this node may continue without them; no constraint forbids that. */
export function goAhead(status: DrbdStatus, view: ClusterView, constraint: ConstraintState): Decision {
  const { peers, properties } = view
  if (!properties.mayAct) return wait('this side of the cluster has no quorum')
  const unsafe = peers.find(({ standing, mayBePromoted }) => isUnproven(standing, mayBePromoted))
  if (unsafe !== undefined) return unproven(unsafe, properties.isFencing)
  const active = peers.find(({ standing, mayBePromoted }) => standing === 'member' && mayBePromoted)
  if (active !== undefined && status.role !== 'Primary') return { kind: 'confirm', ...isPrimary(active.name) }
  const names = peers.map(({ name }) => name).join(' and ')
  const isHere = peers.some(({ standing }) => standing === 'member')
  if (isHere) return constraint.next ?? { kind: 'confirm', ...outdated(names) }
  // that a peer is down does not make the local data the newest; a constraint that only allows this node does
  if (status.disk !== 'UpToDate' && !constraint.isOurs) return noBetter(status, peers)
  if (constraint.next) return constraint.next
  if (status.disk !== 'UpToDate') return { kind: 'answer', ...outdated(names) }
  const isFenced = peers.every(({ standing }) => standing === 'fenced')
  return isFenced
    ? answer(answers.peerFenced, `Pacemaker has fenced ${names}`)
    : answer(answers.peerDown, `${names} was shut down`)
}

const outdated = (names: string): Answer => ({
  code: answers.peerOutdated,
  why: `the cluster will not promote the resource on ${names} before it has caught up`,
})

const isPrimary = (name: string): Answer => ({
  code: answers.peerPrimary,
  why: `the resource is promoted on ${name}: that node has the good data, not this one`,
})

/** A node that was shut down while its resources were unmanaged may still be using them. */
function isUnproven(standing: Standing, mayBePromoted: boolean): boolean {
  return standing === 'lost' || standing === 'unseen' || (standing === 'left' && mayBePromoted)
}

function unproven({ name, standing }: PeerView, isFencing: boolean): Decision {
  if (standing === 'left')
    return wait(`Pacemaker was shut down on ${name} while the resource was promoted there: it may still be in use`)
  const why =
    standing === 'unseen'
      ? `Pacemaker does not know the node ${name}`
      : `Pacemaker has not confirmed that ${name} is down`
  return wait(isFencing ? why : `${why}, and will not fence it: fencing is disabled (stonith-enabled)`)
}

/** DRBD ignores answer 5 unless a volume is UpToDate. */
function noBetter({ disk, furtherMinors = [] }: DrbdStatus, peers: readonly PeerView[]): Decision {
  const names = peers.map(({ name }) => name).join(' and ')
  const code = furtherMinors.length === 0 ? answers.peerDown : answers.unknown
  return answer(code, `${names} is down, but the local data are only ${disk}: those on ${names} may be newer`)
}
