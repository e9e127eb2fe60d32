import { type Cloud, MOST_COPIES, type StorageNodes, storageNodesIn } from '../cloud.ts'
import type { WantedCloud } from '../configuration.ts'
import { joinedNames } from '../listed-names.ts'
import type { Path, Problem } from '../problem.ts'
import { valueAt } from '../value-at.ts'
import type { NodeFacts, ResolveContext } from './context.ts'

/** The data and configuration on the nodes of a cloud that is not in the CIB, for example after `--detach`. */
export interface DetachedCloud {
  /** The preferred one first, as at its creation. */
  readonly storageNodes: StorageNodes
  readonly minor: number
}

/** Read from DRBD's configuration on any node; undefined when none has a resource with the cloud's name on two or three nodes. */
export function detachedCloud({ name }: WantedCloud, { facts }: ResolveContext): DetachedCloud | undefined {
  const resource = facts
    .flatMap(({ drbd }) => drbd)
    .find(candidate => candidate.name === name && candidate.hosts.length >= 2 && candidate.hosts.length <= MOST_COPIES)
  const storageNodes = storageNodesIn(resource?.hosts ?? [])
  const [minor] = resource?.minors ?? []
  return storageNodes === undefined || minor === undefined ? undefined : { storageNodes, minor }
}

/** Why a cloud cannot adopt the data of a detached one. */
export function adoptProblems(
  cloud: Cloud,
  detached: DetachedCloud,
  { facts, unreachable }: ResolveContext,
  path: Path,
): Problem[] {
  const { name, storageNodes } = cloud
  const problem = (reason: string) => ({ path: [...path, 'name'], message: `${name} cannot be attached: ${reason}` })
  if (storageNodes.toSorted().join() !== detached.storageNodes.toSorted().join())
    return [problem(`its data are on ${joinedNames(detached.storageNodes)}`)]
  if (cloud.minor !== detached.minor)
    return [problem(`its DRBD resource has minor ${detached.minor}, which is not free`)]
  return storageNodes.flatMap(node => {
    const lost = unreachable.find(other => other.node === node)
    if (lost) return [{ ...problem(`${node} is unreachable: ${lost.why}`), isUnreachable: true as const }]
    const fact = facts.find(candidate => candidate.node === node)
    const missing = [
      ...(hasVolume(fact, cloud) ? [] : ['volume']),
      ...(hasResource(fact, cloud) ? [] : ['DRBD resource']),
    ]
    return missing.map(part => problem(`its ${part} is missing on ${node}`))
  })
}

function hasVolume(fact: NodeFacts | undefined, { name, volumeGroup }: Cloud): boolean {
  const group = fact?.volumeGroups.find(candidate => candidate.name === volumeGroup)
  return valueAt(group?.volumes, name) !== undefined
}

function hasResource(fact: NodeFacts | undefined, { name, minor }: Cloud): boolean {
  return fact?.drbd.some(resource => resource.name === name && resource.minors.includes(minor)) ?? false
}
