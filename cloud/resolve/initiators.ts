import type { WantedCloud } from '../configuration.ts'
import type { KnownNode } from './context.ts'

/**
 * The iSCSI names that may log in: those of all vhosts, and those that are wanted beside them. What is left open stays as
 * it is in `present`, also the order: it would restart the target for nothing. Nothing is taken away while the name of a vhost is
 * not known, because it could be that.
 */
export function initiatorsOf(
  { moreInitiators }: Pick<WantedCloud, 'moreInitiators'>,
  nodes: readonly KnownNode[],
  present: readonly string[] = [],
): string[] {
  const ofNodes = nodes.flatMap(({ initiator }) => initiator ?? [])
  const ofVhosts = nodes.filter(({ roles }) => roles.includes('vhost')).flatMap(({ initiator }) => initiator ?? [])
  const others = moreInitiators ?? present.filter(name => !ofNodes.includes(name))
  const wanted = new Set([...ofVhosts, ...others])
  const isUnsure = nodes.some(({ roles, initiator }) => roles.includes('vhost') && initiator === undefined)
  const staying = present.filter(name => isUnsure || wanted.has(name))
  return [...staying, ...[...wanted].filter(name => !present.includes(name))]
}
