import type { NodeRole } from './configuration.ts'
import { INITIATOR_ATTRIBUTE, STORAGE_ATTRIBUTE, VHOST_ATTRIBUTE } from './names.ts'

/** What the CIB tells of a node for good. */
export interface NodeAttributes {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
}

const ROLE_ATTRIBUTES: Readonly<Record<NodeRole, string>> = { storage: STORAGE_ATTRIBUTE, vhost: VHOST_ATTRIBUTE }

/** The attributes of a node with these roles; a role that it has not is left out. */
export function nodeAttributes(
  name: string,
  { roles, initiator }: { readonly roles: readonly NodeRole[]; readonly initiator: string | undefined },
): NodeAttributes {
  const pairs = roles.map(role => [ROLE_ATTRIBUTES[role], 'true'] as const)
  return { name, attributes: { ...Object.fromEntries(pairs), ...(initiator && { [INITIATOR_ATTRIBUTE]: initiator }) } }
}

/** The roles that a node's attributes give it. */
export function rolesIn(attributes: NodeAttributes['attributes']): NodeRole[] {
  const roles: readonly NodeRole[] = ['storage', 'vhost']
  return roles.filter(role => attributes[ROLE_ATTRIBUTES[role]] === 'true')
}
