import { isReconciled, isSplit, markedPeers, splitBrainMarker } from '../../system/drbd/split-brain-marker.ts'
import { type DrbdPeer, type DrbdStatus, isConnected } from '../../system/drbd/status.ts'
import { errorText } from '../../system/error-text.ts'
import { ignoreMissing, replaceFile } from '../../system/files.ts'
import type { DrbdContext } from './parameters.ts'

/** Whether this side and one peer are split; any unconnected peer counts unless the marker names some. */
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
