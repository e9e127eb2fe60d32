import { splitBrainMarker } from '../../system/drbd/split-brain-marker.ts'
import { type DrbdPeer, type DrbdStatus, isConnected } from '../../system/drbd/status.ts'
import { errorText } from '../../system/error-text.ts'
import { ignoreMissing, readNote, replaceFile } from '../../system/files.ts'
import type { System } from '../../system/system.ts'
import type { DrbdContext } from './parameters.ts'

/** The peers that the marker of a split brain names, empty if it may be any peer; undefined without a marker. */
export function markedPeers(system: System, resource: string): readonly string[] | undefined {
  return readNote(system, splitBrainMarker(resource))?.split(' ').filter(Boolean)
}

/** Whether this side and a marked peer are known to have been written to while disconnected, and are still apart. */
export function isSplit(marked: readonly string[] | undefined, { peers }: DrbdStatus): boolean {
  if (marked === undefined) return false
  // any peer; without a connection, the split brain cannot have been resolved
  if (marked.length === 0) return peers.length === 0 || !peers.every(isConnected)
  return marked.some(name => !isReconciled(peers, name))
}

/** The same for this side and one peer; any unconnected peer counts unless the marker names some. */
export function isSplitFrom(marked: readonly string[] | undefined, peer: DrbdPeer): boolean {
  if (marked === undefined || isConnected(peer)) return false
  return marked.length === 0 || peer.name === undefined || marked.includes(peer.name)
}

/**
 * Removes the marker when the sides are connected again. Until then it names the peers that DRBD has dropped, which
 * distinguishes them from one that is merely unreachable.
 */
export async function updateMarker({ parameters, system, log }: DrbdContext, status: DrbdStatus): Promise<void> {
  // read again: an operator may have removed the marker while the score was reported to Pacemaker
  const marked = markedPeers(system, parameters.drbd_resource)
  if (marked === undefined) return
  const marker = splitBrainMarker(parameters.drbd_resource)
  const dropped = status.peers.flatMap(({ name, connection }) => (connection === 'StandAlone' && name ? [name] : []))
  const apart = [...new Set([...marked.filter(name => !isReconciled(status.peers, name)), ...dropped])].join(' ')
  try {
    if (apart === '' && !isSplit(marked, status)) await ignoreMissing(() => system.remove(marker))
    else if (apart !== marked.join(' ')) await replaceFile(system, marker, `${apart}\n`)
  } catch (error) {
    log.warn(`${marker} could not be updated: ${errorText(error)}`)
  }
}

/** Connected again, or taken out of the configuration by an operator who left other peers in it. */
function isReconciled(peers: readonly DrbdPeer[], name: string): boolean {
  const peer = peers.find(candidate => candidate.name === name)
  return peer === undefined ? peers.length > 0 : isConnected(peer)
}
