import type { Cloud } from '../cloud.ts'
import type { WantedCloud } from '../configuration.ts'
import { joinedNames } from '../listed-names.ts'
import { type Path, type Problem, problemIf } from '../problem.ts'
import type { KnownCluster } from './context.ts'
import { initiatorsOf } from './initiators.ts'

/** An existing cloud with the requested changes; values that are left open are kept. */
export function changedCloud(cloud: Cloud, wanted: WantedCloud, { nodes, range }: KnownCluster): Cloud {
  const { storageNodes, preferredVhosts, directory, mountOptions, address, prefixLength, chap, state } = wanted
  return {
    ...cloud,
    storageNodes: storageNodes ?? cloud.storageNodes,
    preferredVhosts: preferredVhosts ?? cloud.preferredVhosts,
    directory: directory ?? cloud.directory,
    mountOptions: mountOptions ?? cloud.mountOptions,
    address: address ?? cloud.address,
    prefixLength:
      prefixLength ??
      (address === undefined || address === cloud.address ? cloud.prefixLength : (range ?? cloud).prefixLength),
    initiators: initiatorsOf(wanted, nodes, cloud.initiators),
    chap: chap === undefined ? cloud.chap : chap === 'none' ? undefined : chap,
    state: state ?? cloud.state,
  }
}

/** Requested values that a change of the configuration cannot give to an existing cloud, such as other nodes for its data. */
export function immutableProblems(cloud: Cloud, wanted: WantedCloud, path: Path): Problem[] {
  const { name, storageNodes } = cloud
  const nodes = wanted.storageNodes
  const isMoved = nodes !== undefined && nodes.toSorted().join() !== storageNodes.toSorted().join()
  const moved = `the data of ${name} are on ${joinedNames(storageNodes)}, and ${moveAdvice(cloud, nodes ?? [])}`
  const fixed = [
    ['volume_group', wanted.volumeGroup, cloud.volumeGroup],
    ['minor', wanted.minor, cloud.minor],
    ['iqn', wanted.iqn, cloud.iqn],
    ['tpgt', wanted.tpgt, cloud.tpgt],
  ] as const
  return [
    ...problemIf(isMoved, [...path, 'storage'], moved),
    ...fixed.flatMap(([key, value, present]) => {
      const message = `${key} of ${name} is ${present} and cannot change while the cloud exists`
      return problemIf(value !== undefined && value !== present, [...path, key], message)
    }),
  ]
}

/** How the data get to other nodes: a change of the file copies nothing. */
function moveAdvice({ name, storageNodes }: Cloud, nodes: readonly string[]): string {
  const gone = storageNodes.filter(node => !nodes.includes(node))
  const added = nodes.filter(node => !storageNodes.includes(node))
  if (gone.length === 1 && added.length === 1)
    return `a change of this file does not move them: run "vhacs storage --replace ${name} --from ${gone[0]} --to ${added[0]}" first`
  const these = storageNodes.length === 2 ? 'these two nodes, in either order,' : 'these nodes, in any order,'
  if (nodes.length !== storageNodes.length)
    return `a change of this file neither adds a side nor removes one: name ${these} or create another cloud and copy the data`
  return `a change of this file does not move them: name ${these} or move one side after the other with "vhacs storage --replace"`
}
