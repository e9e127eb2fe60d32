import type { Cloud } from '../cloud.ts'
import type { WantedCloud } from '../configuration.ts'
import type { Path, Problem } from '../problem.ts'
import type { KnownCluster } from './context.ts'
import { initiatorsOf } from './initiators.ts'

/** A cloud that is there, changed to what is wanted; what is left open stays. */
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

/** What is wanted of a cloud that is there, and cannot be had by a change of the configuration: its data are elsewhere. */
export function immutableProblems(cloud: Cloud, wanted: WantedCloud, path: Path): Problem[] {
  const { name, storageNodes } = cloud
  const asked = wanted.storageNodes
  const moved = asked !== undefined && asked.toSorted().join() !== storageNodes.toSorted().join()
  const fixed = [
    ['volume_group', wanted.volumeGroup, cloud.volumeGroup],
    ['minor', wanted.minor, cloud.minor],
    ['iqn', wanted.iqn, cloud.iqn],
    ['tpgt', wanted.tpgt, cloud.tpgt],
  ] as const
  return [
    ...(moved
      ? [
          {
            path: [...path, 'storage'],
            message: `the data of ${name} are on ${storageNodes.join(' and ')}: they do not move by a change of this file; name these two, in either order, or make another cloud and copy them`,
          },
        ]
      : []),
    ...fixed.flatMap(([key, asked, present]) =>
      asked === undefined || asked === present
        ? []
        : [{ path: [...path, key], message: `${key} of ${name} is ${present} and cannot change while it exists` }],
    ),
  ]
}
