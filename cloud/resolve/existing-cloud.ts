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
  const these = storageNodes.length === 2 ? 'these two nodes, in either order,' : 'these nodes, in any order,'
  const change = nodes?.length === storageNodes.length ? 'does not move them' : 'neither adds a side nor removes one'
  const moved = `the data of ${name} are on ${joinedNames(storageNodes)}, and a change of this file ${change}: name ${these} or create another cloud and copy the data`
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
