import type { Takeover } from '../../../../cloud/readiness/takeovers.ts'
import { occasion, partText } from '../../../readiness/takeover-text.ts'
import { error, type Finding } from '../../examine/finding.ts'

/**
 * Parts of clouds that no node would take over. What concerns a node, the replication or the whole cluster is a finding by itself, and
 * not repeated for each cloud.
 */
export function takeoverFindings(takeovers: readonly Takeover[]): Finding[] {
  return takeovers.flatMap(takeover =>
    takeover.obstacles
      .filter(({ concerns }) => concerns === 'cloud')
      .map(({ what, todo }) => error(`${partText(takeover)} cannot move ${occasion(takeover)}: ${what}`, todo)),
  )
}
