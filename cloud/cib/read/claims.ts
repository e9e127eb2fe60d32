import { child, descendants, type Element } from '../../xml.ts'
import { idOf, nvpairs } from '../elements.ts'

/** A value that only one thing in a cluster can have, and the resource of any agent that has it. */
export interface Claim {
  readonly resource: string
  readonly key: 'directory' | 'iqn'
  readonly value: string
}

const KEYS = ['directory', 'iqn'] as const

/** The mount points and target names that the resources of a CIB's configuration name, ours or not. */
export function claimsIn(configuration: Element): Claim[] {
  return descendants(child(configuration, 'resources'), 'primitive').flatMap(primitive => {
    const values = nvpairs(primitive, 'instance_attributes')
    return KEYS.flatMap(key => {
      const value = values[key]
      return value === undefined || value === '' ? [] : [{ resource: idOf(primitive), key, value }]
    })
  })
}
