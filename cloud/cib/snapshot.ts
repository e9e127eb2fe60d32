import { type Element, parseXml } from '../xml.ts'
import { type Cluster, clusterIn } from './read/cluster.ts'

/** The CIB as it was at one moment. */
export interface CibSnapshot {
  /** What a patch is tried on. */
  readonly text: string
  readonly root: Element
  readonly cluster: Cluster
}

/**
 * Parses the text of a CIB, whole or without its status, once for all who need a part of it.
 * @throws Error for text that is not well-formed or no CIB.
 */
export function parseSnapshot(text: string): CibSnapshot {
  const root = parseXml(text)
  return { text, root, cluster: clusterIn(root) }
}
