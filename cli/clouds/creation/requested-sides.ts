import { MOST_COPIES } from '../../../cloud/cloud.ts'
import { hasRanges } from '../../command/name-ranges.ts'
import { type Options, textOf } from '../../command/verb.ts'

/** Where a new cloud is to have its data. */
interface RequestedSides {
  /** A list of nodes; any nodes when undefined. */
  readonly nodes: string | undefined
  readonly copies: number
}

/** What the options --nodes and --copies request. @throws RangeError */
export function requestedSides(options: Options): RequestedSides {
  const nodes = textOf(options, 'nodes')
  const copies = parseCopies(textOf(options, 'copies') ?? '2')
  if (nodes !== undefined) refuseTooFew(nodes, copies)
  return { nodes, copies }
}

/** @throws RangeError */
function parseCopies(text: string): number {
  const copies = Number(text)
  if (!/^\d$/.test(text) || copies < 2 || copies > MOST_COPIES)
    throw new RangeError(`--copies: expected 2, or 3 with DRBD 9, got "${text}"`)
  return copies
}

/** A list that cannot name as many nodes. */
function refuseTooFew(nodes: string, copies: number): void {
  if (new Set(nodes.split(',')).size >= copies || hasRanges(nodes)) return
  const wanted = copies === 2 ? 'two different nodes, like alpha,beta' : 'three different nodes, like alpha,beta,gamma'
  throw new RangeError(`--nodes: expected at least ${wanted}, got "${nodes}"`)
}
