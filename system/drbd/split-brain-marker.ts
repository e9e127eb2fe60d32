import { RUN_DIRECTORY, readNote } from '../files.ts'
import type { System } from '../system.ts'
import { type DrbdPeer, type DrbdStatus, isConnected } from './status.ts'

/**
 * Created by the split-brain handler in the configuration that vhacs writes; DRBD itself does not record a split brain. The
 * agent writes the names of the peers into it, as far as DRBD reports them.
 */
export const splitBrainMarker = (resource: string) => `${RUN_DIRECTORY}/split-brain-${resource}`

/** The peers that the marker of a split brain names, empty if it may be any peer; undefined without a marker. */
export function markedPeers(system: System, resource: string): readonly string[] | undefined {
  return readNote(system, splitBrainMarker(resource))?.split(' ').filter(Boolean)
}

/** Whether this side and a marked peer are known to have been written to while disconnected, and are still apart. */
export function isSplit(marked: readonly string[] | undefined, { peers }: Pick<DrbdStatus, 'peers'>): boolean {
  if (marked === undefined) return false
  // any peer; without a connection, the split brain cannot have been resolved
  if (marked.length === 0) return peers.length === 0 || !peers.every(isConnected)
  return marked.some(name => !isReconciled(peers, name))
}

/** Whether a marked peer is connected again, or was taken out of the configuration by an operator who left other peers in it. */
export function isReconciled(peers: readonly DrbdPeer[], name: string): boolean {
  const peer = peers.find(candidate => candidate.name === name)
  return peer === undefined ? peers.length > 0 : isConnected(peer)
}
