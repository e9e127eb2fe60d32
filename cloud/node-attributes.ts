import { lioIblock } from '../agents/lio-iblock/index.ts'
import type { NodeRole } from './configuration.ts'
import { parseCloudName, parseVserverName } from './names.ts'

/** A node's permanent attributes in the CIB. */
export interface NodeAttributes {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
}

/** Set to `true` on the nodes that may mount clouds. */
export const VHOST_ATTRIBUTE = 'vhacs-vhost'

/** Set to `true` on the nodes that may hold the data of clouds. */
export const STORAGE_ATTRIBUTE = 'vhacs-storage'

/** The node's iSCSI initiator name, by which targets identify it. */
export const INITIATOR_ATTRIBUTE = 'vhacs-initiator'

/** The attribute with the result of the last rehearsal of a cloud (cloud/rehearsal/record.ts). */
export function rehearsalAttribute(cloud: string): string {
  return `vhacs-rehearsal-${cloud}`
}

/** The attribute with the result of the last verification of a cloud (cloud/verification/record.ts). */
export function verificationAttribute(cloud: string): string {
  return `vhacs-verification-${cloud}`
}

const CREATION = 'vhacs-creating-'

/** The attribute of a node that notes, from before anything is made until all is done, that a vserver of that name is created on the cloud in its value. */
export function vserverCreationAttribute(vserver: string): string {
  return `${CREATION}${vserver}`
}

/** A vserver whose creation is noted. */
export interface BegunVserver {
  readonly name: string
  readonly cloud: string
  /** The node with the note. */
  readonly node: string
}

/** The vservers that are being created, or whose creation was killed. */
export function begunVservers(nodes: readonly NodeAttributes[]): BegunVserver[] {
  return nodes.flatMap(({ name: node, attributes }) =>
    Object.entries(attributes).flatMap(([attribute, value]) => {
      if (!attribute.startsWith(CREATION)) return []
      const name = attribute.slice(CREATION.length)
      return isName(name, parseVserverName) && isName(value, parseCloudName) ? [{ name, cloud: value, node }] : []
    }),
  )
}

function isName(text: string, parse: (text: string) => string): boolean {
  try {
    return parse(text) === text
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

/** What `parse` reads in an attribute of nodes; a value for which it throws a RangeError is left out. */
export function recordsIn<T>(nodes: readonly NodeAttributes[], attribute: string, parse: (text: string) => T): T[] {
  return nodes.flatMap(({ attributes }) => {
    const text = attributes[attribute]
    if (text === undefined) return []
    try {
      return [parse(text)]
    } catch (error) {
      if (error instanceof RangeError) return []
      throw error
    }
  })
}

/** The initiator name in lower case, as targets compare it: other programs may have recorded it in the node's spelling. */
export function recordedInitiator(attributes: NodeAttributes['attributes']): string | undefined {
  return attributes[INITIATOR_ATTRIBUTE]?.toLowerCase()
}

/** The attribute that assigns a role to a node. */
export const ROLE_ATTRIBUTES: Readonly<Record<NodeRole, string>> = {
  storage: STORAGE_ATTRIBUTE,
  vhost: VHOST_ATTRIBUTE,
}

/** An initiator name, in the form that targets use. @throws RangeError that shows the expected form. */
export function parseInitiator(text: string): string {
  const [name = '', ...more] = lioIblock.parameters.allowed_initiators.parse(text)
  if (more.length > 0) throw new RangeError('one iSCSI name is expected')
  return name
}

/** The attributes of a node with these roles; other roles are left out. */
export function nodeAttributes(
  name: string,
  { roles, initiator }: { readonly roles: readonly NodeRole[]; readonly initiator: string | undefined },
): NodeAttributes {
  const pairs = roles.map(role => [ROLE_ATTRIBUTES[role], 'true'] as const)
  return { name, attributes: { ...Object.fromEntries(pairs), ...(initiator && { [INITIATOR_ATTRIBUTE]: initiator }) } }
}

/** The roles that a node's attributes assign to it. */
export function rolesIn(attributes: NodeAttributes['attributes']): NodeRole[] {
  const roles: readonly NodeRole[] = ['storage', 'vhost']
  return roles.filter(role => attributes[ROLE_ATTRIBUTES[role]] === 'true')
}

/** The names of the nodes that may mount clouds. */
export function vhostsAmong(nodes: readonly NodeAttributes[]): string[] {
  return nodes.filter(({ attributes }) => rolesIn(attributes).includes('vhost')).map(({ name }) => name)
}
