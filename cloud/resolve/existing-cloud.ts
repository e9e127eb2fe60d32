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

/** A side that a configuration gives to another node. */
export interface SideMove {
  readonly from: string
  readonly to: string
  /** The nodes afterwards, the preferred one first. */
  readonly storageNodes: Cloud['storageNodes']
}

/** The side of a cloud that moves; undefined where none moves, or more than one, which would leave no data to be copied. */
export function sideMove(cloud: Cloud | undefined, { storageNodes }: WantedCloud): SideMove | undefined {
  if (storageNodes === undefined || storageNodes.length !== cloud?.storageNodes.length) return undefined
  const [from, ...otherGone] = cloud.storageNodes.filter(node => !storageNodes.includes(node))
  const to = storageNodes.find(node => !cloud.storageNodes.includes(node))
  return from === undefined || to === undefined || otherGone.length > 0 ? undefined : { from, to, storageNodes }
}

/** What is wanted of a cloud before its side moves. */
export function withoutMove(wanted: WantedCloud, moved: SideMove | undefined): WantedCloud {
  return moved === undefined ? wanted : { ...wanted, storageNodes: undefined }
}

/**
 * Requested values that a change of the configuration cannot give to an existing cloud, such as other nodes for its data; `moved` is the side
 * that is moved beside that change.
 */
export function immutableProblems(
  cloud: Cloud,
  wanted: WantedCloud,
  { path, moved }: { readonly path: Path; readonly moved: SideMove | undefined },
): Problem[] {
  const { name, storageNodes } = cloud
  const nodes = wanted.storageNodes
  const isElsewhere =
    moved === undefined && nodes !== undefined && nodes.toSorted().join() !== storageNodes.toSorted().join()
  const elsewhere = `the data of ${name} are on ${joinedNames(storageNodes)}, and ${moveAdvice(cloud, nodes ?? [])}`
  const isStopped = moved !== undefined && wanted.state === 'standby'
  const stopped = `a side of ${name} moves to another node only while ${name} runs: leave its state active until then`
  const fixed = [
    ['volume_group', wanted.volumeGroup, cloud.volumeGroup],
    ['minor', wanted.minor, cloud.minor],
    ['iqn', wanted.iqn, cloud.iqn],
    ['tpgt', wanted.tpgt, cloud.tpgt],
  ] as const
  return [
    ...problemIf(isElsewhere, [...path, 'storage'], elsewhere),
    ...problemIf(isStopped, [...path, 'state'], stopped),
    ...fixed.flatMap(([key, value, present]) => {
      const message = `${key} of ${name} is ${present} and cannot change while the cloud exists`
      return problemIf(value !== undefined && value !== present, [...path, key], message)
    }),
  ]
}

/** How the data get to other nodes. */
function moveAdvice({ name, storageNodes }: Cloud, nodes: readonly string[]): string {
  const gone = storageNodes.filter(node => !nodes.includes(node))
  const added = nodes.filter(node => !storageNodes.includes(node))
  if (gone.length === 1 && added.length === 1)
    return `a change of the configuration alone does not move them: run "vhacs compose FILE --apply --replace", or "vhacs storage --replace ${name} --from ${gone[0]} --to ${added[0]}", on the cluster`
  const these = storageNodes.length === 2 ? 'these two nodes, in either order,' : 'these nodes, in any order,'
  if (nodes.length !== storageNodes.length)
    return `a change of this file neither adds a side nor removes one: name ${these} or create another cloud and copy the data`
  return `one side moves after the other, so that the data stay on one that has them: name ${these} or exchange one of them, apply that, and then exchange the next`
}
