import { valueText } from '../problem.ts'
import { child, type Element, element, printXml } from '../xml.ts'

/*
 * Changes of a CIB in the form of `crm_diff`, for `cibadmin --patch --xml-pipe`: all are applied or none, and nothing else
 * changes. Pacemaker applies deletions and modifications first.
 */

/** Paths of the sections of a CIB. */
export const RESOURCES = '/cib/configuration/resources'
export const NODES = '/cib/configuration/nodes'
export const CONSTRAINTS = '/cib/configuration/constraints'
export const PROPERTIES = '/cib/configuration/crm_config'

/** One change, as an element of the patch. */
export type Change = Element

/** Creates elements at the front of the parent, in this order: these positions exist whatever it contains. */
export function creations(parent: string, elements: readonly Element[], position = 0): Change[] {
  return elements.map((created, index) =>
    element('change', { operation: 'create', path: parent, position: String(position + index) }, [created]),
  )
}

export function deletions(parent: string, elements: readonly Element[]): Change[] {
  return elements.map(target => element('change', { operation: 'delete', path: pathOf(parent, target) }))
}

/** Sets one attribute of an element; the others stay. */
export function modification(parent: string, target: Element, name: string, value: string): Change {
  const result = { ...target, attributes: { ...target.attributes, [name]: value }, children: [] }
  return element('change', { operation: 'modify', path: pathOf(parent, target) }, [
    element('change-list', {}, [element('change-attr', { name, operation: 'set', value })]),
    element('change-result', {}, [result]),
  ])
}

/** @throws RangeError for an id that would end the text in which XPath has it, which no valid CIB has. */
export function pathOf(parent: string, { name, attributes: { id = '' } }: Element): string {
  if (id.includes("'")) throw new RangeError(`the CIB has an element with the id ${valueText(id)}: give it another`)
  return `${parent}/${name}[@id='${id}']`
}

/** The version of a CIB, which counts its changes. */
export interface Version {
  readonly admin_epoch: string
  readonly epoch: string
  readonly num_updates: string
}

/** With a version, Pacemaker refuses the patch if the CIB has changed since. */
export function patchText(changes: readonly Change[], version?: Version): string {
  const { epoch = '0' } = version ?? {}
  const next = version && { ...version, epoch: String(Number(epoch) + 1), num_updates: '0' }
  const versions =
    version && next ? [element('version', {}, [element('source', { ...version }), element('target', { ...next })])] : []
  const ordered = ['delete', 'modify', 'create'].flatMap(operation =>
    changes.filter(({ attributes }) => attributes.operation === operation),
  )
  return printXml(element('diff', { format: '2' }, [...versions, ...ordered]))
}

/** The changes that set or remove the target role of a resource at the top of a CIB. */
export function roleChanges(resource: Element, value: 'Stopped' | undefined): Change[] {
  const { id = '' } = resource.attributes
  const role = value && element('nvpair', { id: `${id}-target-role`, name: 'target-role', value })
  const meta = child(resource, 'meta_attributes')
  const path = pathOf(RESOURCES, resource)
  if (meta === undefined)
    return role ? creations(path, [element('meta_attributes', { id: `${id}-meta_attributes` }, [role])]) : []
  const present = meta.children.filter(({ attributes }) => attributes.name === 'target-role')
  return [...deletions(pathOf(path, meta), present), ...(role ? creations(pathOf(path, meta), [role]) : [])]
}
