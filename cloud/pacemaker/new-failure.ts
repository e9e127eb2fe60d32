import { isDeepStrictEqual } from 'node:util'
import { type Failure, parseClusterStatus } from './cluster-status.ts'

/** The resources of a move, and what had failed before it. */
export interface Moving {
  readonly node: string
  readonly parts: readonly string[]
  readonly earlierFailures: readonly Failure[]
}

/** Why a move to a node fails, in the XML of crm_mon: a failure there that is not an earlier one. Undefined if there is none. */
export function newFailure(monitor: string, { node, parts, earlierFailures }: Moving): string | undefined {
  const isOurs = (failure: Failure) => failure.node === node && parts.includes(failure.resource) && !failure.isDegraded
  const isKnown = (failure: Failure) => earlierFailures.some(other => isDeepStrictEqual(other, failure))
  const found = parseClusterStatus(monitor).failures.find(failure => isOurs(failure) && !isKnown(failure))
  return found && `${found.action} of ${found.resource} failed there: ${found.reason}`
}
