import type { WantedCloud } from '../configuration.ts'
import type { KnownNode } from './context.ts'

/**
 * The iSCSI names that may log in: those of all vhosts, and additional ones. Values that are left open stay as in `present`,
 * including their order: a change would restart the target needlessly. No name is removed while the name of a vhost is unknown,
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
