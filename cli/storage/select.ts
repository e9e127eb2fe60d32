import type { Cloud } from '../../cloud/cloud.ts'
import type { Cluster } from '../../cloud/read-cib.ts'
import { expandAmong } from '../ranges.ts'

/**
 * The clouds that a list of names stands for.
 * @throws RangeError for a word with two readings, and one that names what is not there, or is not as vhacs made it.
 */
export function selectClouds(text: string, { clouds, incomplete }: Pick<Cluster, 'clouds' | 'incomplete'>): Cloud[] {
  if (text === 'ALL') return [...clouds]
  const known = [...clouds, ...incomplete].map(({ name }) => name)
  return expandAmong(text, known).map(name => {
    const found = clouds.find(cloud => cloud.name === name)
    if (found) return found
    const half = incomplete.find(cloud => cloud.name === name)
    if (half) throw new RangeError(`${name} is not as vhacs made it (${half.why}): remove it by hand`)
    const names = clouds.map(cloud => cloud.name).join(', ')
    throw new RangeError(`there is no storage ${name}; there is ${names || 'none at all'}`)
  })
}
