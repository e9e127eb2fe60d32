import { type Cluster, type IncompleteCloud, STRAY_REASON } from '../../cloud/cib/read/cluster.ts'
import type { Cloud } from '../../cloud/cloud.ts'
import { listedNames } from '../../cloud/listed-names.ts'
import { expandAmong } from '../command/name-ranges.ts'

/**
 * The clouds that a list of names refers to.
 * @throws RangeError for an ambiguous word, an unknown name, and a cloud that differs from what vhacs created.
 */
export function selectClouds(text: string, cluster: Pick<Cluster, 'clouds' | 'incomplete'>): Cloud[] {
  if (text === 'ALL') return [...cluster.clouds]
  return expandAmong(text, namesIn(cluster)).map(name => cloudNamed(name, cluster))
}

function cloudNamed(name: string, { clouds, incomplete }: Pick<Cluster, 'clouds' | 'incomplete'>): Cloud {
  const found = clouds.find(cloud => cloud.name === name)
  if (found) return found
  const half = incomplete.find(cloud => cloud.name === name)
  if (half) throw new RangeError(`${name} differs from what vhacs created (${half.why}): ${adviceOn(half)}`)
  throw new RangeError(`there is no storage ${name} (storages: ${listedNames(clouds.map(cloud => cloud.name))})`)
}

function namesIn({ clouds, incomplete }: Pick<Cluster, 'clouds' | 'incomplete'>): string[] {
  return [...clouds, ...incomplete].map(({ name }) => name)
}

/** Advice for something that looks like a cloud, but is not one. */
export function adviceOn({ name, why }: IncompleteCloud): string {
  if (why === STRAY_REASON) return 'remove it by hand'
  return `correct it with "crm configure", or remove its remains with "vhacs storage --destroy ${name} --force"`
}

/** A cloud, or the remains of one, that can be destroyed with --force. */
export interface Remains {
  readonly name: string
  /** Undefined when its resources differ from what vhacs created, so that its data cannot be determined. */
  readonly cloud: Cloud | undefined
}

/** Like selectClouds, but also accepts the remains of a cloud if they are named. */
export function selectRemains(text: string, cluster: Cluster): Remains[] {
  if (text === 'ALL') return cluster.clouds.map(cloud => ({ name: cloud.name, cloud }))
  return expandAmong(text, namesIn(cluster)).map(
    name => remainsOf(cluster).find(found => found.name === name) ?? { name, cloud: cloudNamed(name, cluster) },
  )
}

/** All clouds, complete or not. */
export function remainsOf({ clouds, incomplete, repairable }: Cluster): Remains[] {
  const halves = incomplete.filter(({ why }) => why !== STRAY_REASON)
  return [
    ...clouds.map(cloud => ({ name: cloud.name, cloud })),
    ...halves.map(({ name, why }) => ({
      name,
      cloud: isOfConstraints(why) ? repairable.find(cloud => cloud.name === name) : undefined,
    })),
  ]
}

/** Whether only constraints differ from what vhacs created, and no resources. */
function isOfConstraints(why: string): boolean {
  return why.split('; ').every(difference => difference.startsWith('the constraint '))
}
