import type { Cloud } from '../cloud.ts'
import type { WantedCloud } from '../configuration.ts'
import { type Path, type Problem, problemIf } from '../problem.ts'
import { valueAt } from '../value-at.ts'
import type { ResolveContext, UnreachableNode } from './context.ts'

/** The unreachable nodes among those to choose from, when fewer others remain than the cloud needs. */
export function unreachableChoices(
  { name, storageOrder = [], copies = 2 }: WantedCloud,
  { unreachable }: Pick<ResolveContext, 'unreachable'>,
  path: Path,
): Problem[] {
  const lost = unreachable.filter(({ node }) => storageOrder.includes(node))
  if (lost.length === 0 || storageOrder.length - lost.length >= copies) return []
  return lost.map(node => unreachableProblem(name, node, path))
}

/** The objects that a new cloud's nodes already have under its name: they may be data until the operator decides otherwise. */
export function existingDataProblems(
  { name, storageNodes }: Cloud,
  { facts, unreachable }: ResolveContext,
  path: Path,
): Problem[] {
  return storageNodes.flatMap(node => {
    const lost = unreachable.find(other => other.node === node)
    if (lost) return [unreachableProblem(name, lost, path)]
    const fact = facts.find(candidate => candidate.node === node)
    const group = fact?.volumeGroups.find(({ volumes }) => valueAt(volumes, name) !== undefined)
    const hasResource = fact?.drbd.some(resource => resource.name === name) ?? false
    const volume = `${node} already has a volume ${group?.name}/${name}: choose another name, remove the volume if nobody needs its data, or adopt it with vhacs compose --apply --attach`
    return [
      ...problemIf(group !== undefined, path, volume),
      ...problemIf(hasResource, path, `${node} already has a DRBD resource ${name}: choose another name, or remove it`),
    ]
  })
}

function unreachableProblem(name: string, { node, why }: UnreachableNode, path: Path): Problem {
  return { path, isUnreachable: true, message: `${node} is unreachable, so ${name} cannot be created there: ${why}` }
}
