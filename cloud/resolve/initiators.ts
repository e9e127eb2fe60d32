import type { WantedCloud } from '../configuration.ts'
import type { KnownNode } from './context.ts'

/**
 * The iSCSI names that may log in: those of all vhosts, and additional ones. What is left open stays as it is in `present`,
 * even its order: a change would restart the target for nothing. No name is removed while that of a vhost is not known,
 * because it could be that one.
 */
export function initiatorsOf(
  { moreInitiators }: Pick<WantedCloud, 'moreInitiators'>,
  nodes: readonly KnownNode[],
  present: readonly string[] = [],
): string[] {
  const nodeNames = nodes.flatMap(({ initiator }) => initiator ?? [])
  const vhostNames = nodes.filter(({ roles }) => roles.includes('vhost')).flatMap(({ initiator }) => initiator ?? [])
  const others = moreInitiators ?? present.filter(name => !nodeNames.includes(name))
  const wanted = new Set([...vhostNames, ...others])
  const isVhostUnknown = nodes.some(({ roles, initiator }) => roles.includes('vhost') && initiator === undefined)
  const kept = present.filter(name => isVhostUnknown || wanted.has(name))
  return [...kept, ...[...wanted].filter(name => !present.includes(name))]
}
