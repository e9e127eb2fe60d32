import { child, descendants, type Element } from '../../../cloud/xml.ts'

/** Pacemaker's own properties, as far as they are set. */
export function propertiesIn(cib: Element): Map<string, string> {
  const pairs = descendants(child(child(cib, 'configuration'), 'crm_config'), 'nvpair')
  // if a name is set twice, the first one counts
  return new Map(pairs.toReversed().map(({ attributes: { name = '', value = '' } }) => [name, value]))
}

/** Whether Pacemaker takes the value of a property for yes. */
export function isYes(text: string | undefined): boolean {
  return /^(true|yes|on|y|1)$/i.test(text ?? '')
}
