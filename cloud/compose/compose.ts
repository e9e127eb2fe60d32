import type { Cloud } from '../cloud.ts'
import type { Composition } from './composition.ts'
import { constraints } from './constraints.ts'
import { resources } from './resources.ts'

/** The resources and constraints of a cloud. */
export function compose(cloud: Cloud): Composition {
  return { resources: resources(cloud), constraints: constraints(cloud) }
}
