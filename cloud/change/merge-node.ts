import { type Change, NODES, pathOf } from '../cib/patch.ts'
import { setNvpairs } from '../cib/set-nvpairs.ts'
import type { ConfiguredNode } from '../configuration.ts'
import { INITIATOR_ATTRIBUTE, STORAGE_ATTRIBUTE, VHOST_ATTRIBUTE } from '../node-attributes.ts'
import { child, type Element } from '../xml.ts'

/**
 * The changes that give a node the desired roles and initiator name; its other attributes are kept.
 * @throws RangeError for a change of a node that the CIB lists twice: Pacemaker reads one of the entries, but vhacs cannot tell
 * which.
 */
export function mergeNode(configuration: Element, wanted: ConfiguredNode): Change[] {
  const entries = child(configuration, 'nodes')?.children.filter(({ attributes }) => attributes.uname === wanted.name)
  const [node, ...more] = entries ?? []
  const changes = node ? changesOf(node, wanted) : []
  if (changes.length === 0 || more.length === 0) return changes
  throw new RangeError(
    `the CIB lists the node ${wanted.name} twice: remove the entry of the node that is gone ("vhacs cluster --check" says how)`,
  )
}

function changesOf(node: Element, { roles, initiator }: ConfiguredNode): Change[] {
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
