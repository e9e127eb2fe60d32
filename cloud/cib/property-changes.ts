import { child, type Element, element } from '../xml.ts'
import { type Change, PROPERTIES } from './patch.ts'
import { setNvpairs } from './set-nvpairs.ts'

/** The changes that set properties of the cluster. */
export function propertyChanges(cib: Element, properties: Readonly<Record<string, string>>): Change[] {
  const section = child(child(cib, 'configuration'), 'crm_config') ?? element('crm_config', {})
  const owner = { path: PROPERTIES, element: section, newSetId: 'cib-bootstrap-options' }
  return setNvpairs('cluster_property_set', owner, properties)
}
