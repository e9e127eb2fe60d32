import type { Cloud, Vserver } from '../../cloud.ts'
import { constraintElements, resourceElements } from '../../compose/cib-xml.ts'
import { composeVserver } from '../../compose/vservers/vserver.ts'
import { vserverIds } from '../../ids.ts'
import { child, type Element } from '../../xml.ts'
import { byId, idOf, refersTo, refuseForeignMembers } from '../elements.ts'
import { type Change, CONSTRAINTS, creations, deletions, patchText, RESOURCES, roleChanges } from '../patch.ts'

/** Adds a vserver; Pacemaker refuses the whole patch if one of its ids is taken. */
export function vserverCreations(vserver: Vserver, cloud: Cloud): Change[] {
  const composition = composeVserver(vserver, cloud)
  return [
    ...creations(RESOURCES, resourceElements(composition)),
    ...creations(CONSTRAINTS, constraintElements(composition)),
  ]
}

/**
 * Removes everything that a CIB contains of the vserver `name`, complete or not, and every constraint on it. Its resources must
 * already be stopped: Pacemaker stops removed resources in no particular order.
 * @throws Error when something that does not belong to the vserver would be lost.
 */
export function vserverRemovals(name: string, cib: Element): Change[] {
  const configuration = child(cib, 'configuration')
  const ids: ReadonlySet<string> = new Set(Object.values(vserverIds(name)))
  const resources = (child(configuration, 'resources')?.children ?? []).filter(resource => ids.has(idOf(resource)))
  for (const resource of resources) refuseForeignMembers(resource, ids)
  const related = (child(configuration, 'constraints')?.children ?? []).filter(constraint => refersTo(constraint, ids))
  return [...deletions(CONSTRAINTS, related), ...deletions(RESOURCES, resources)]
}

/**
 * Stops these vservers, wherever their clouds are mounted.
 * @throws Error when the CIB does not have one.
 */
export function vserverStopPatch(names: readonly string[], cib: Element): string {
  return patchText(names.flatMap(name => roleChanges(groupOf(name, cib), 'Stopped')))
}

/**
 * Lets these vservers run again, after vserverStopPatch or a target role that an operator has set.
 * @throws Error when the CIB does not have one.
 */
export function vserverStartPatch(names: readonly string[], cib: Element): string {
  return patchText(names.flatMap(name => roleChanges(groupOf(name, cib), undefined)))
}

function groupOf(name: string, cib: Element): Element {
  const { group } = vserverIds(name)
  const found = byId(child(child(cib, 'configuration'), 'resources'), ['group'], group)
  if (found === undefined) throw new Error(`the CIB has no group ${group}`)
  return found
}
