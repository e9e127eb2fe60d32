import { preferenceChanges } from '../cib/cloud-patches.ts'
import { idOf } from '../cib/elements.ts'
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
  const preferring = clouds.filter(({ preferredVhosts }) => preferredVhosts.includes(name))
  const isPreference = (id: string) => preferring.some(cloud => isVhostPreferenceId(cloud.name, id))
  const own = locationsIn(cib).filter(found => found.attributes.node === name && !isPreference(idOf(found)))
  const levels = child(child(cib, 'configuration'), 'fencing-topology')?.children ?? []
  return [
    ...preferring.flatMap(cloud => {
      const preferredVhosts = cloud.preferredVhosts.filter(vhost => vhost !== name)
      return preferenceChanges({ ...cloud, preferredVhosts }, cib)
    }),
    ...deletions(CONSTRAINTS, own),
    ...deletions(
      TOPOLOGY,
      levels.filter(({ attributes }) => attributes.target === name),
    ),
  ]
}

/** Ids of what names one of these nodes and stays, because it is an operator's. */
export interface StillNaming {
  /** Constraints whose rules name it. */
  readonly constraints: readonly string[]
  /** Fencing devices whose parameters name it. */
  readonly devices: readonly string[]
}

export function stillNaming(cib: Element, nodes: readonly string[]): StillNaming {
  const isMeant = ({ attributes: { attribute, value = '' } }: Element) =>
    attribute === '#uname' && nodes.includes(value)
  const isNamed = ({ attributes: { value = '' } }: Element) =>
    value.split(/[\s,;:]+/).some(word => nodes.includes(word))
  const rules = locationsIn(cib).filter(
    found => !nodes.includes(found.attributes.node ?? '') && descendants(found, 'expression').some(isMeant),
  )
  const devices = devicesIn(cib).filter(device => descendants(device, 'nvpair').some(isNamed))
  return { constraints: rules.map(idOf), devices: devices.map(idOf) }
}

/** Whether a CIB has a fencing device. */
export function hasDevice(cib: Element): boolean {
  return devicesIn(cib).length > 0
}

/** Whether a CIB has an entry or a state of a node. */
export function isNodeIn(cib: Element, name: string): boolean {
  const entries = descendants(child(child(cib, 'configuration'), 'nodes'), 'node')
  const states = child(cib, 'status')?.children ?? []
  return [...entries, ...states].some(({ attributes }) => attributes.uname === name)
}

function locationsIn(cib: Element): Element[] {
  const constraints = child(child(cib, 'configuration'), 'constraints')?.children ?? []
  return constraints.filter(({ name }) => name === 'rsc_location')
}

function devicesIn(cib: Element): Element[] {
  const primitives = descendants(child(child(cib, 'configuration'), 'resources'), 'primitive')
  return primitives.filter(({ attributes }) => attributes.class === 'stonith')
}
