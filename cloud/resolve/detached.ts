import type { Cloud } from '../cloud.ts'
import type { WantedCloud } from '../configuration.ts'
import type { Path, Problem } from '../problem.ts'
import type { NodeFacts, ResolveContext } from './context.ts'

/** What is there of a cloud that the cluster does not know, such as one that was detached. */
export interface DetachedCloud {
  /** The preferred one first, as when it was made. */
  readonly storageNodes: readonly [string, string]
  readonly minor: number
}

/** What DRBD's configuration on any node says of a cloud of that name; undefined when none does. */
export function detachedCloud({ name }: WantedCloud, { facts }: ResolveContext): DetachedCloud | undefined {
  const resource = facts.flatMap(({ drbd }) => drbd).find(found => found.name === name && found.hosts.length === 2)
  const [first, second] = resource?.hosts ?? []
  const [minor] = resource?.minors ?? []
  if (first === undefined || second === undefined || minor === undefined) return undefined
  return { storageNodes: [first, second], minor }
}

/** What a cloud lacks that is to get the data that are there. */
export function adoptProblems(
  cloud: Cloud,
  left: DetachedCloud,
  { facts, unreachable }: ResolveContext,
  path: Path,
): Problem[] {
  const { name, storageNodes } = cloud
  const complain = (message: string) => [{ path: [...path, 'name'], message: `${name} cannot be attached: ${message}` }]
  if (storageNodes.toSorted().join() !== left.storageNodes.toSorted().join())
    return complain(`its data are on ${left.storageNodes.join(' and ')}`)
  if (cloud.minor !== left.minor) return complain(`its DRBD resource has minor ${left.minor}, which is not free`)
  return storageNodes.flatMap(node => {
    const lost = unreachable.find(other => other.node === node)
    if (lost) return complain(`${node} cannot be asked: ${lost.why}`).map(asSilence)
    const said = facts.find(fact => fact.node === node)
    const lacks = [
      ...(hasVolume(said, cloud) ? [] : ['volume']),
      ...(hasResource(said, cloud) ? [] : ['DRBD resource']),
    ]
    return lacks.flatMap(lack => complain(`${node} has no ${lack} of it`))
  })
}

function asSilence(problem: Problem): Problem {
  return { ...problem, isUnreachable: true }
}

function hasVolume(said: NodeFacts | undefined, { name, volumeGroup }: Cloud): boolean {
  return said?.volumeGroups.find(group => group.name === volumeGroup)?.volumes[name] !== undefined
}

function hasResource(said: NodeFacts | undefined, { name, minor }: Cloud): boolean {
  return said?.drbd.some(resource => resource.name === name && resource.minors.includes(minor)) ?? false
}
