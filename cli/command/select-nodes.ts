import type { Cluster } from '../../cloud/cib/read/cluster.ts'
import { listedNames } from '../../cloud/listed-names.ts'
import { expandAmong } from './name-ranges.ts'

/** The names of nodes. */
type Named = readonly { readonly name: string }[]

/** Nodes that are not members, by kind. */
type Others = Cluster['otherNodes']

/**
 * The names of the members that a list of names refers to; ALL means all of them.
 * @throws RangeError like `expandAmong`, and for a name that no member has.
 */
export function selectNodes(text: string, nodes: Named, others: Others = []): string[] {
  return text === 'ALL' ? nodes.map(({ name }) => name) : selectNamedNodes(text, nodes, others)
}

/** The same without a special meaning of ALL. */
export function selectNamedNodes(text: string, nodes: Named, others: Others = []): string[] {
  const known = nodes.map(({ name }) => name)
  const names = expandAmong(text, known)
  const unknown = names.find(name => !known.includes(name))
  if (unknown !== undefined) throw new RangeError(notAMember(unknown, known, others))
  return names
}

const KINDS = { remote: 'a remote node', guest: 'a guest node', bundle: 'a container of a bundle' } as const

function notAMember(name: string, known: readonly string[], others: Others): string {
  const kind = others.find(other => other.name === name)?.kind
  const members = listedNames(known)
  return kind === undefined || kind === 'member'
    ? `${name} is not a node of this cluster (nodes: ${members})`
    : `${name} is ${KINDS[kind]}: only members of the cluster take roles and run storages (members: ${members})`
}
