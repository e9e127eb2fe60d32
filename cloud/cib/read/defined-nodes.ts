import { child, descendants, type Element } from '../../xml.ts'
import { nvpairs } from '../elements.ts'

/**
 * A member runs corosync. A remote node is a host that runs pacemaker-remoted, a guest a virtual machine that does, a bundle's
 * node one of its containers: Pacemaker runs resources there, but none of ours, and they take no roles.
 */
type NodeKind = 'member' | 'remote' | 'guest' | 'bundle'

/** A node that a CIB's configuration defines. */
export interface DefinedNode {
  readonly name: string
  readonly kind: NodeKind
  /** Undefined for a node that only a resource defines. */
  readonly element: Element | undefined
}

/** All nodes of a CIB's configuration, those first that its section of nodes lists. */
export function definedNodes(configuration: Element): DefinedNode[] {
  const byResource = new Map(nodesOfResources(child(configuration, 'resources')))
  const listed = descendants(child(configuration, 'nodes'), 'node').map((element): DefinedNode => {
    const { uname: name = '', type } = element.attributes
    // a guest and a container are of the type remote, too
    return { name, kind: type === 'remote' ? (byResource.get(name) ?? 'remote') : 'member', element }
  })
  const names = new Set(listed.map(({ name }) => name))
  const others = [...byResource].filter(([name]) => !names.has(name))
  return [...listed, ...others.map(([name, kind]) => ({ name, kind, element: undefined }))]
}

/** The nodes that resources define. @see Pacemaker Remote, Pacemaker Explained: bundles */
function nodesOfResources(resources: Element | undefined): [string, NodeKind][] {
  const ofPrimitives = descendants(resources, 'primitive').flatMap((primitive): [string, NodeKind][] => {
    // Pacemaker takes neither from a template
    const { id = '', provider, type } = primitive.attributes
    if (provider === 'pacemaker' && type === 'remote') return [[id, 'remote']]
    const guest = nvpairs(primitive, 'meta_attributes')['remote-node']
    return guest === undefined ? [] : [[guest, 'guest']]
  })
  return [...ofPrimitives, ...descendants(resources, 'bundle').flatMap(containers)]
}

/** A bundle without a primitive has no nodes. */
function containers(bundle: Element): [string, NodeKind][] {
  if (child(bundle, 'primitive') === undefined) return []
  return Array.from({ length: replicasOf(bundle) }, (_, index) => [`${bundle.attributes.id}-${index}`, 'bundle'])
}

/** More containers than any cluster has. */
const MOST_REPLICAS = 1000

/** How many containers a bundle has. */
export function replicasOf({ children }: Element): number {
  const engine = children.find(({ name }) => ['docker', 'podman', 'rkt'].includes(name))
  const { replicas, 'promoted-max': promoted, masters } = engine?.attributes ?? {}
  const count = Number(replicas ?? promoted ?? masters ?? 1)
  return Number.isInteger(count) && count > 0 ? Math.min(count, MOST_REPLICAS) : 1
}
