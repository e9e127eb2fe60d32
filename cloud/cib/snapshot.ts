import { type Element, parseXml } from '../xml.ts'
import { type Cluster, clusterIn } from './read/cluster.ts'

/** The CIB at one moment. */
export interface CibSnapshot {
  /** The text that patches are tried on. */
  readonly text: string
  readonly root: Element
  readonly cluster: Cluster
}

/**
 * Parses the text of a CIB, with or without its status, once for all users of its parts.
 * @throws Error for text that is not well-formed, or not a CIB.
 */
export function parseSnapshot(text: string): CibSnapshot {
  return snapshotOf(text, parseXml(text))
}

/**
 * The same without the histories of resources in `root`, for those who only look: with many nodes most of a CIB is histories, and
 * most of the work is parsing them. Pacemaker's scheduler needs them.
 */
export function parseWithoutHistories(text: string): CibSnapshot {
  const start = Math.max(text.lastIndexOf('<status>'), 0)
  return snapshotOf(text, parseXml(text.slice(0, start) + withoutHistories(text.slice(start))))
}

const START = '<lrm_resources>'
const END = '</lrm_resources>'

/** Cut out of the text: what is not parsed costs nothing. */
function withoutHistories(status: string): string {
  const pieces = status.split(END)
  const rest = pieces.pop() ?? ''
  const kept = pieces.map(piece => (piece.includes(START) ? piece.slice(0, piece.indexOf(START)) : piece + END))
  return kept.join('') + rest
}

function snapshotOf(text: string, root: Element): CibSnapshot {
  return { text, root, cluster: clusterIn(root) }
}
