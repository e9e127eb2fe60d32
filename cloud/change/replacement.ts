import { childById } from '../cib/elements.ts'
import { CONSTRAINTS, creations, deletions, patchText } from '../cib/patch.ts'
import { type Cloud, storageNodesIn } from '../cloud.ts'
import { rehearsalLocationId, replacementLocationId, resourceIds } from '../ids.ts'
import { child, descendants, type Element, element } from '../xml.ts'
import { mergeCloud } from './merge-cloud.ts'

/*
 * How a side of a cloud is replaced in the CIB: first a constraint keeps it down, then one patch changes the nodes of the cloud and removes
 * that constraint. Until then the constraint shows that a replacement has begun.
 */

/** A side that leaves a cloud, and the node that takes its place: the same one for a new disk. */
export interface Sides {
  readonly from: string
  readonly to: string
}

/** The cloud with the other node in the place of that side. @throws Error for a cloud without that side. */
export function withSideReplaced(cloud: Cloud, { from, to }: Sides): Cloud {
  const storageNodes = storageNodesIn(cloud.storageNodes.map(node => (node === from ? to : node)))
  if (storageNodes === undefined || !cloud.storageNodes.includes(from)) throw new Error(`${from} is not a side`)
  return { ...cloud, storageNodes }
}

/** Stops a side and keeps it down; a constraint that has moved the export away from it is not needed any more. */
export function sideBanPatch(cloud: string, sides: Sides, cib: Element): string {
  const present = [replacementLocationId(cloud), rehearsalLocationId(cloud)].flatMap(
    id => childById(constraintsOf(cib), id) ?? [],
  )
  return patchText([...deletions(CONSTRAINTS, present), ...creations(CONSTRAINTS, [sideBan(cloud, sides)])])
}

/** The new node is named as well, so that the constraint tells how to go on. It has no instance before the nodes of the cloud change. */
function sideBan(cloud: string, { from, to }: Sides): Element {
  const id = replacementLocationId(cloud)
  const isNode = (name: string, value: string) =>
    element('expression', { id: `${id}-${name}`, attribute: '#uname', operation: 'eq', value })
  return element('rsc_location', { id, rsc: resourceIds(cloud).lvmClone }, [
    element('rule', { id: `${id}-rule`, score: '-INFINITY', 'boolean-op': 'or' }, [
      isNode('from', from),
      isNode('to', to),
    ]),
  ])
}

/**
 * Changes the nodes of a cloud, and lets the new side start.
 * @throws RangeError when something else has the id of one of its resources.
 */
export function sideChangePatch(before: Cloud, after: Cloud, cib: Element): string {
  const configuration = child(cib, 'configuration') ?? element('configuration', {})
  const ban = childById(constraintsOf(cib), replacementLocationId(before.name))
  return patchText([...deletions(CONSTRAINTS, ban ? [ban] : []), ...mergeCloud(configuration, before, after)])
}

/** Where the constraint of a cloud is in the CIB. */
export function sideBanPath(cloud: string): string {
  return `//rsc_location[@id='${replacementLocationId(cloud)}']`
}

/** The sides that are kept down among those of these clouds, by cloud. A constraint of another form, which somebody has changed, is left out. */
export function bannedSides(clouds: readonly string[], cib: Element): ReadonlyMap<string, Sides> {
  const constraints = constraintsOf(cib)
  return new Map(
    clouds.flatMap(cloud => {
      const id = replacementLocationId(cloud)
      const found = childById(constraints, id)
      const nodeIn = (name: string) =>
        descendants(found, 'expression').find(({ attributes }) => attributes.id === `${id}-${name}`)?.attributes.value
      const [from, to] = [nodeIn('from'), nodeIn('to')]
      return from === undefined || to === undefined ? [] : [[cloud, { from, to }] as const]
    }),
  )
}

function constraintsOf(cib: Element): Element {
  return child(child(cib, 'configuration'), 'constraints') ?? element('constraints', {})
}
