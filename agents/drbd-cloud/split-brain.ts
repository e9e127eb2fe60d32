import { splitBrainMarker } from '../../system/drbd/split-brain-marker.ts'
import { type DrbdPeer, type DrbdStatus, isConnected } from '../../system/drbd/status.ts'
import { ignoreMissing, readLine, replaceFile } from '../../system/files.ts'
import type { System } from '../../system/system.ts'
import type { DrbdContext } from './parameters.ts'

/** Whether this side and another are known to have been written to apart from each other, and are apart still. */
export function isSplit(system: System, resource: string, { peers }: DrbdStatus): boolean {
  const noted = notedPeers(system, resource)
  if (noted === undefined) return false
  // any of them, and without a connection there is nobody to have come together with
  if (noted.length === 0) return peers.length === 0 || !peers.every(isConnected)
  return noted.some(name => !isTogether(peers, name))
}

/** The same, of this side and one peer; any that is away, unless the mark tells which. */
export function isSplitFrom(system: System, resource: string, peer: DrbdPeer): boolean {
  const noted = notedPeers(system, resource)
  if (noted === undefined || isConnected(peer)) return false
  return noted.length === 0 || peer.name === undefined || noted.includes(peer.name)
}

/**
 * Takes the mark away when the sides talk to each other again. Until then the peers that DRBD has dropped are noted in it, by
 * which it can tell them from one that is merely away.
 */
export async function watchSplitBrain({ parameters, system, log }: DrbdContext, status: DrbdStatus): Promise<void> {
  const { drbd_resource: resource } = parameters
  const noted = notedPeers(system, resource)
  if (noted === undefined) return
  const mark = splitBrainMarker(resource)
  const dropped = status.peers.flatMap(({ name, connection }) => (connection === 'StandAlone' && name ? [name] : []))
  const apart = [...new Set([...noted.filter(name => !isTogether(status.peers, name)), ...dropped])].join(' ')
  try {
    if (apart === '' && !isSplit(system, resource, status)) await ignoreMissing(() => system.remove(mark))
    else if (apart !== noted.join(' ')) await replaceFile(system, mark, `${apart}\n`)
  } catch (error) {
    log.warn(`${mark}: ${error instanceof Error ? error.message : error}`)
  }
}

/** The peers that the mark names; undefined when there is none. */
function notedPeers(system: System, resource: string): readonly string[] | undefined {
  return readLine(system, splitBrainMarker(resource))?.split(' ').filter(Boolean)
}

/** Or parted for good: an operator has taken the peer out of the configuration, and left others in it. */
function isTogether(peers: readonly DrbdPeer[], name: string): boolean {
  const peer = peers.find(candidate => candidate.name === name)
  return peer === undefined ? peers.length > 0 : isConnected(peer)
}
