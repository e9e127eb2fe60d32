import { preferenceChanges } from '../cib/cloud-patches.ts'
import { type Change, CONSTRAINTS, deletions } from '../cib/patch.ts'
import type { Cloud } from '../cloud.ts'
import { isVhostPreferenceId } from '../ids.ts'
import { child, descendants, type Element } from '../xml.ts'

const TOPOLOGY = '/cib/configuration/fencing-topology'

/**
 * The changes that remove what names a node that leaves the cluster and has no side of a cloud: preferences of clouds for it, other
 * location constraints on it, such as a ban, and its fencing levels. Its own entry is removed by Pacemaker.
 */
export function nodeRemoval(cib: Element, clouds: readonly Cloud[], name: string): Change[] {
  const configuration = child(cib, 'configuration')
  const constraints = child(configuration, 'constraints')?.children ?? []
  const preferring = clouds.filter(({ preferredVhosts }) => preferredVhosts.includes(name))
  const isPreference = (id: string) => preferring.some(cloud => isVhostPreferenceId(cloud.name, id))
  const locations = constraints.filter(
    ({ name: kind, attributes: { id = '', node } }) => kind === 'rsc_location' && node === name && !isPreference(id),
  )
  const levels = child(configuration, 'fencing-topology')?.children ?? []
  return [
    ...preferring.flatMap(cloud =>
      preferenceChanges(
        [cloud],
        cloud.preferredVhosts.filter(vhost => vhost !== name),
        cib,
      ),
    ),
    ...deletions(CONSTRAINTS, locations),
    ...deletions(
      TOPOLOGY,
      levels.filter(({ attributes }) => attributes.target === name),
    ),
  ]
}

/** Whether a CIB has an entry or a state of a node. */
export function isNodeIn(cib: Element, name: string): boolean {
  const entries = descendants(child(child(cib, 'configuration'), 'nodes'), 'node')
  const states = child(cib, 'status')?.children ?? []
  return [...entries, ...states].some(({ attributes }) => attributes.uname === name)
}
