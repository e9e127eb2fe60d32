import type { Takeover } from '../../../../cloud/readiness/takeovers.ts'
import { occasion, partText } from '../../../readiness/takeover-text.ts'
import { error, type Finding } from '../../examine/finding.ts'

/**
 * Parts of clouds that no node would take over, and once what is in the way of all. What concerns a node, the replication or the whole
 * cluster is a finding by itself, and not repeated for each cloud.
 */
export function takeoverFindings(takeovers: readonly Takeover[]): Finding[] {
  const inTheWay = takeovers.flatMap(takeover => takeover.obstacles.map(obstacle => ({ takeover, ...obstacle })))
  const ofAll = inTheWay.filter(({ concerns }) => concerns === 'clouds')
  return [
    ...[...new Map(ofAll.map(({ what, todo }) => [what, todo]))].map(([what, todo]) =>
      error(`no storage can be taken over: ${what}`, todo),
    ),
    ...inTheWay
      .filter(({ concerns }) => concerns === 'cloud')
      .map(({ takeover, what, todo }) =>
        error(`${partText(takeover)} cannot move ${occasion(takeover)}: ${what}`, todo),
      ),
    ...inTheWay
      .filter(({ concerns }) => concerns === 'vserver')
      .map(({ takeover, what, todo }) => error(`${occasion(takeover)}, ${what}`, todo)),
  ]
}
