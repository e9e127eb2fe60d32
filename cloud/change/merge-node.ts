import { type Change, pathOf } from '../cib/patch.ts'
import { setNvpairs } from '../cib/set-nvpairs.ts'
import type { ConfiguredNode } from '../configuration.ts'
import { INITIATOR_ATTRIBUTE, STORAGE_ATTRIBUTE, VHOST_ATTRIBUTE } from '../node-attributes.ts'
import { child, type Element } from '../xml.ts'

const NODES = '/cib/configuration/nodes'

/** The changes that give a node the wanted roles and initiator name; its other attributes stay. */
export function mergeNode(configuration: Element, { name, roles, initiator }: ConfiguredNode): Change[] {
  const node = child(configuration, 'nodes')?.children.find(({ attributes }) => attributes.uname === name)
  if (!node) return []
  const owner = { path: pathOf(NODES, node), element: node, newSetId: `nodes-${node.attributes.id}` }
  const flag = (isSet: boolean) => (isSet ? 'true' : undefined)
  return setNvpairs('instance_attributes', owner, {
    ...(roles && {
      [STORAGE_ATTRIBUTE]: flag(roles.includes('storage')),
      [VHOST_ATTRIBUTE]: flag(roles.includes('vhost')),
    }),
    ...(initiator && { [INITIATOR_ATTRIBUTE]: initiator }),
  })
}
