import { expandAmong } from './name-ranges.ts'

/** Nodes, as far as their names matter here. */
type Named = readonly { readonly name: string }[]

/**
 * The names of the nodes that a list of names stands for; ALL stands for all of them.
 * @throws RangeError as `expandAmong`, and for a name that no node has.
 */
export function selectNodes(text: string, nodes: Named): string[] {
  return text === 'ALL' ? nodes.map(({ name }) => name) : selectNamedNodes(text, nodes)
}

/** The same where ALL has no special meaning. */
export function selectNamedNodes(text: string, nodes: Named): string[] {
  const known = nodes.map(({ name }) => name)
  const names = expandAmong(text, known)
  const unknown = names.find(name => !known.includes(name))
  if (unknown !== undefined)
    throw new RangeError(`${unknown} is not a node of this cluster (nodes: ${known.join(', ') || 'none'})`)
  return names
}
