import { childById, idOf, memberIds } from '../../cib/elements.ts'
import { type Change, creations, deletions, modification, pathOf, RESOURCES } from '../../cib/patch.ts'
import { deepMonitorIn } from '../../cib/vservers/deep-monitor.ts'
import type { Cloud, Vserver } from '../../cloud.ts'
import { constraintElements, resourceElements } from '../../compose/cib-xml.ts'
import { composeVserver } from '../../compose/vservers/vserver.ts'
import { child, descendants, type Element, element } from '../../xml.ts'
import { mergeConstraint, mergeResource } from '../merge-cloud.ts'

/** A vserver, and the cloud that it is on. */
export interface PlacedVserver {
  readonly vserver: Vserver
  readonly cloud: Cloud
}

/**
 * The changes that turn a vserver, which a CIB's configuration contains, into another version, and add what is missing. Everything
 * else that an operator has added or tuned is kept.
 * @throws RangeError when something else has the id of one of its resources.
 */
export function mergeVserver(configuration: Element, before: PlacedVserver, after: PlacedVserver): Change[] {
  const [old, wanted] = [before, after].map(({ vserver, cloud }) => composeVserver(vserver, cloud))
  const [previous] = old ? resourceElements(old) : []
  const [group] = wanted ? resourceElements(wanted) : []
  if (wanted === undefined || previous === undefined || group === undefined) return []
  const resources = child(configuration, 'resources')
  const constraints = child(configuration, 'constraints')
  const current = resources && childById(resources, idOf(group))
  return [
    ...(current ? memberChanges(current, previous, group) : []),
    ...mergeResource(resources, previous, group, current && withMembers(current, previous, group)),
    ...constraintElements(wanted).flatMap(constraint => mergeConstraint(constraints, constraint, false)),
  ]
}

/** Adds and removes address and deep monitor, and gives a stop the time that the shutdown of a container takes. */
function memberChanges(current: Element, before: Element, after: Element): Change[] {
  const path = pathOf(RESOURCES, current)
  const first = current.children.findIndex(({ name }) => name === 'primitive')
  return [
    ...creations(path, added(current, before, after), Math.max(first, 0)),
    ...deletions(path, removed(current, before, after)),
    ...membersOf(after).flatMap(member => timeoutChanges(path, current, before, member)),
    ...membersOf(after).flatMap(member => deepMonitorChanges(path, current, before, member)),
  ]
}

const membersOf = (group: Element) => descendants(group, 'primitive')
const memberOf = (group: Element, id: string) => membersOf(group).find(member => idOf(member) === id)

function added(current: Element, before: Element, after: Element): Element[] {
  const present = [...memberIds(current), ...memberIds(before)]
  return membersOf(after).filter(member => !present.includes(idOf(member)))
}

function removed(current: Element, before: Element, after: Element): Element[] {
  const unwanted = memberIds(before).filter(id => !memberIds(after).includes(id))
  return membersOf(current).filter(member => unwanted.includes(idOf(member)))
}

/** The group as it is after memberChanges, for comparison. */
function withMembers(current: Element, before: Element, after: Element): Element {
  const gone = removed(current, before, after)
  const first = current.children.findIndex(({ name }) => name === 'primitive')
  const kept = current.children.toSpliced(Math.max(first, 0), 0, ...added(current, before, after))
  return { ...current, children: kept.filter(member => !gone.includes(member)) }
}

function timeoutChanges(path: string, current: Element, before: Element, after: Element): Change[] {
  const [same, previous] = [current, before].map(group => memberOf(group, idOf(after)))
  if (same === undefined || previous === undefined) return []
  return descendants(after, 'op').flatMap(wanted => {
    const [actual, old] = [child(same, 'operations'), previous].map(owner =>
      descendants(owner, 'op').find(operation => idOf(operation) === idOf(wanted)),
    )
    const { timeout = '' } = wanted.attributes
    if (!actual || !old || old.attributes.timeout === timeout) return []
    return [modification(`${pathOf(path, same)}/operations`, actual, 'timeout', timeout)]
  })
}

/** An operation is added, as to a container that an earlier version composed, and removed without a restart. That of an operator stays. */
function deepMonitorChanges(path: string, current: Element, before: Element, after: Element): Change[] {
  const [same, previous] = [current, before].map(group => memberOf(group, idOf(after)))
  if (same === undefined) return []
  const [actual, old, wanted] = [same, previous, after].map(deepMonitorIn)
  const place = pathOf(path, same)
  if (wanted && actual === undefined) {
    if (child(same, 'operations') === undefined) return creations(place, [element('operations', {}, [wanted])])
    const namesakes = descendants(same, 'op').filter(operation => idOf(operation) === idOf(wanted))
    return [...deletions(`${place}/operations`, namesakes), ...creations(`${place}/operations`, [wanted])]
  }
  return actual && wanted === undefined && idOf(actual) === (old && idOf(old))
    ? deletions(`${place}/operations`, [actual])
    : []
}
