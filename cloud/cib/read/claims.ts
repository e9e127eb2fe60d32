import { child, descendants, type Element } from '../../xml.ts'
import { idOf } from '../elements.ts'

/** A value that only one thing in a cluster can have, and the resource of any agent that has it. */
export interface Claim {
  /** The innermost one around the value: a primitive, a template, or a group or clone that hands it on. */
  readonly resource: string
  readonly key: 'directory' | 'iqn'
  readonly value: string
}

const KEYS = ['directory', 'iqn'] as const

const RESOURCES: ReadonlySet<string> = new Set(['primitive', 'template', 'group', 'clone', 'master', 'bundle'])

/**
 * The mount points and target names that the resources of a CIB's configuration name, ours or not: in every set of attributes, also
 * in one with a rule, in templates, and where a reference leads to the value.
 */
export function claimsIn(configuration: Element): Claim[] {
  const pairs = new Map(descendants(configuration, 'nvpair').map(pair => [idOf(pair), pair]))
  const within = (parent: Element, resource: string): Claim[] =>
    parent.children.flatMap(inner => {
      if (inner.name !== 'nvpair') return within(inner, RESOURCES.has(inner.name) ? idOf(inner) : resource)
      const referred = pairs.get(inner.attributes['id-ref'] ?? '')
      const { name, value = '' } = { ...referred?.attributes, ...inner.attributes }
      const key = KEYS.find(known => known === name)
      return key === undefined || value === '' ? [] : [{ resource, key, value }]
    })
  const resources = child(configuration, 'resources')
  return resources === undefined ? [] : within(resources, '')
}
