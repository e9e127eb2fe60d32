import type { Failure } from '../../../cloud/pacemaker/cluster-status.ts'
import { degradedReasons } from '../degraded-reasons.ts'

/** The reasons for which resources are degraded, as labels, by node; each once a node: two monitors may report the same. */
export function degradedOn(failures: readonly Failure[]): { readonly node: string; readonly reason: string }[] {
  const byNode = Map.groupBy(
    failures.filter(({ isDegraded }) => isDegraded),
    ({ node }) => node,
  )
  return [...byNode].flatMap(([node, found]) =>
    [...new Set(found.flatMap(({ reason }) => degradedReasons(reason)))].map(reason => ({ node, reason })),
  )
}
