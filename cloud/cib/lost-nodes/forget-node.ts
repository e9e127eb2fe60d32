import type { Cloud } from '../../cloud.ts'
import { isVhostPreferenceId } from '../../ids.ts'
import { child, descendants, type Element } from '../../xml.ts'
import { preferenceChanges } from '../cloud-patches.ts'
import { idOf } from '../elements.ts'
import { type Change, CONSTRAINTS, deletions } from '../patch.ts'

/** The constraints of a CIB that name nodes which are to be removed. */
export interface ConstraintsOnNodes {
  /** The changes that remove those which are about these nodes alone: as preferred vhosts, or as `crm_resource --ban` makes them. */
  readonly removals: readonly Change[]
  /** Ids of the others: their rules are an operator's. */
  readonly others: readonly string[]
}

export function constraintsOnNodes(
  cib: Element,
  clouds: readonly Cloud[],
  nodes: readonly string[],
): ConstraintsOnNodes {
  const all = child(child(cib, 'configuration'), 'constraints')?.children ?? []
  const isPreference = (constraint: Element) => clouds.some(({ name }) => isVhostPreferenceId(name, idOf(constraint)))
  const named = all.filter(constraint => names(constraint, nodes) && !isPreference(constraint))
  const isItsOwn = ({ attributes: { node = '' } }: Element) => nodes.includes(node)
  const preferring = clouds.filter(({ preferredVhosts }) => preferredVhosts.some(vhost => nodes.includes(vhost)))
  return {
    removals: [
      ...deletions(CONSTRAINTS, named.filter(isItsOwn)),
      ...preferring.flatMap(cloud => {
        const preferredVhosts = cloud.preferredVhosts.filter(vhost => !nodes.includes(vhost))
        return preferenceChanges({ ...cloud, preferredVhosts }, cib)
      }),
    ],
    others: named.filter(constraint => !isItsOwn(constraint)).map(idOf),
  }
}

function names(constraint: Element, nodes: readonly string[]): boolean {
  const { node = '' } = constraint.attributes
  const isValue = ({ attributes: { attribute, value = '' } }: Element) =>
    attribute === '#uname' && nodes.includes(value)
  return (
    constraint.name === 'rsc_location' && (nodes.includes(node) || descendants(constraint, 'expression').some(isValue))
  )
}

/** Ids of the fencing devices whose parameters name one of these nodes. */
export function devicesNaming(cib: Element, nodes: readonly string[]): string[] {
  const isNamed = ({ attributes: { value = '' } }: Element) =>
    value.split(/[\s,;:]+/).some(word => nodes.includes(word))
  return devicesIn(cib)
    .filter(device => descendants(device, 'nvpair').some(isNamed))
    .map(idOf)
}

/** Whether a CIB has a fencing device. */
export function hasDevice(cib: Element): boolean {
  return devicesIn(cib).length > 0
}

function devicesIn(cib: Element): Element[] {
  const primitives = descendants(child(child(cib, 'configuration'), 'resources'), 'primitive')
  return primitives.filter(({ attributes }) => attributes.class === 'stonith')
}
