import { type DrbdPeer, type DrbdStatus, isConnected } from '../../system/drbd/status.ts'

/*
 * The sides of a resource. DRBD calls a handler for one lost peer; the constraint is about all of them
 * (docs/decisions/0095-three-sides.md).
 */

/** Whether the resource has more than two sides. */
export function hasMoreSides({ peers }: DrbdStatus): boolean {
  return peers.length > 1
}

/** The peers of these names; all where DRBD does not name them. */
export function peersAmong({ peers }: DrbdStatus, names: readonly string[]): readonly DrbdPeer[] {
  const named = peers.filter(({ name }) => name !== undefined && names.includes(name))
  return named.length > 0 ? named : peers
}

/**
 * The nodes that may be promoted while `node` continues without its lost peers: it, and those that have the same data as far as DRBD
 * shows. A side that is being resynced is not among them: it could be promoted with the data of another one.
 * `present`: those that may be promoted now, and no others; undefined if all may.
 */
export function allowedWithout(
  status: DrbdStatus,
  {
    node,
    lost,
    present,
  }: { readonly node: string; readonly lost: readonly string[]; readonly present?: readonly string[] | undefined },
): string[] {
  const others = completePeers(status).filter(name => !lost.includes(name))
  return [node, ...others.filter(name => present === undefined || present.includes(name))]
}

/**
 * The nodes that may be promoted, now that DRBD on `node` shows these data: in addition to the present ones, those that have the same
 * data as one of these. Undefined if there are no others, `all` if no side is left out.
 */
export function allowedWith(
  status: DrbdStatus,
  { node, present }: { readonly node: string; readonly present: readonly string[] },
): readonly string[] | 'all' | undefined {
  const complete = [...(status.disk === 'UpToDate' ? [node] : []), ...completePeers(status)]
  if (!complete.some(name => present.includes(name))) return undefined
  const allowed = [...new Set([...present, ...complete])]
  const isWhole = [node, ...status.peers.map(({ name }) => name)].every(
    name => name !== undefined && allowed.includes(name),
  )
  if (isWhole) return 'all'
  return allowed.length > present.length ? allowed : undefined
}

/** The peers with the same data as this side, if that is UpToDate. */
function completePeers({ disk, peers }: DrbdStatus): string[] {
  if (disk !== 'UpToDate') return []
  return peers.flatMap(peer => (peer.name !== undefined && isSame(peer) ? [peer.name] : []))
}

/** Whether a peer is connected and has all data. */
export function isSame(peer: DrbdPeer): boolean {
  return isConnected(peer) && peer.disk === 'UpToDate'
}
