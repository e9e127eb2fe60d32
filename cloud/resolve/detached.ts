import type { Cloud } from '../cloud.ts'
import type { WantedCloud } from '../configuration.ts'
import type { Complaint, Path } from '../problem.ts'
import type { NodeFacts, Situation } from './context.ts'

/** What is there of a cloud that the cluster does not know, such as one that was detached. */
export interface Left {
  /** The preferred one first, as when it was made. */
  readonly storageNodes: readonly [string, string]
  readonly minor: number
}

/** What DRBD's configuration on any node says of a cloud of that name; undefined when none does. */
export function leftOf({ name }: WantedCloud, { facts }: Situation): Left | undefined {
  const resource = facts.flatMap(({ drbd }) => drbd).find(found => found.name === name && found.hosts.length === 2)
  const [first, second] = resource?.hosts ?? []
  const [minor] = resource?.minors ?? []
  if (first === undefined || second === undefined || minor === undefined) return undefined
  return { storageNodes: [first, second], minor }
}

/** What a cloud lacks that is to get the data that are there. */
export function unattachable(cloud: Cloud, left: Left, { facts, silent }: Situation, path: Path): Complaint[] {
  const { name, storageNodes } = cloud
  const complain = (message: string) => [{ path: [...path, 'name'], message: `${name} cannot be attached: ${message}` }]
  if (storageNodes.toSorted().join() !== left.storageNodes.toSorted().join())
    return complain(`its data are on ${left.storageNodes.join(' and ')}`)
  if (cloud.minor !== left.minor) return complain(`its DRBD resource has minor ${left.minor}, which is not free`)
  return storageNodes.flatMap(node => {
    const lost = silent.find(other => other.node === node)
    if (lost) return complain(`${node} cannot be asked: ${lost.why}`).map(asSilence)
    const said = facts.find(fact => fact.node === node)
    const lacks = [
      ...(hasVolume(said, cloud) ? [] : ['volume']),
      ...(hasResource(said, cloud) ? [] : ['DRBD resource']),
    ]
    return lacks.flatMap(lack => complain(`${node} has no ${lack} of it`))
  })
}

function asSilence(complaint: Complaint): Complaint {
  return { ...complaint, isSilence: true }
}

function hasVolume(said: NodeFacts | undefined, { name, volumeGroup }: Cloud): boolean {
  return said?.volumeGroups.find(group => group.name === volumeGroup)?.volumes[name] !== undefined
}

function hasResource(said: NodeFacts | undefined, { name, minor }: Cloud): boolean {
  return said?.drbd.some(resource => resource.name === name && resource.minors.includes(minor)) ?? false
}
