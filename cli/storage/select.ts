import type { Cloud } from '../../cloud/cloud.ts'
import type { Cluster } from '../../cloud/read-cib.ts'
import { expandRanges } from '../ranges.ts'

/**
 * The clouds that a list of names stands for.
 * @throws RangeError that names one that is not there, or is not as vhacs made it.
 */
export function selectClouds(text: string, { clouds, incomplete }: Pick<Cluster, 'clouds' | 'incomplete'>): Cloud[] {
  if (text === 'ALL') return [...clouds]
  return expandRanges(text).map(name => {
    const found = clouds.find(cloud => cloud.name === name)
    if (found) return found
    const half = incomplete.find(cloud => cloud.name === name)
    if (half) throw new RangeError(`${name} is not as vhacs made it (${half.why}): remove it by hand`)
    const names = clouds.map(cloud => cloud.name).join(', ')
    throw new RangeError(`there is no storage ${name}; there is ${names || 'none at all'}`)
  })
}
