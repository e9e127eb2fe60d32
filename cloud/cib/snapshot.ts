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
  const root = parseXml(text)
  return { text, root, cluster: clusterIn(root) }
}
