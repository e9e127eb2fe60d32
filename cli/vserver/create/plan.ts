import { freeIdRange } from '../../../cloud/allocate/id-range.ts'
import type { Cluster } from '../../../cloud/cib/read/cluster.ts'
import { treePath, type Vserver } from '../../../cloud/cloud.ts'
import { begunVservers } from '../../../cloud/node-attributes.ts'
import { parameterProblems } from '../../../cloud/resolve/vservers/parameter-problems.ts'
import { vserverNameProblems } from '../../../cloud/resolve/vservers/problems.ts'
import type { NewTree } from '../../../system/nodes/trees/new-tree.ts'
import { lookAtPlace } from '../../../system/nodes/trees/place.ts'
import type { System } from '../../../system/system.ts'
import type { CreateRequest } from './request.ts'
import type { Site } from './site.ts'

/** A vserver to be created. */
export interface PlannedVserver {
  readonly vserver: Vserver
  readonly tree: NewTree
  /** From an image, of a tree that exists, or what a killed creation has done but for the end. */
  readonly from: 'image' | 'tree' | 'killed creation'
}

/** What is to be done for each of them; reads only. @throws RangeError for a name or a directory that is taken, or missing. */
export async function plannedVservers(
  system: System,
  cluster: Cluster,
  { request, site, hasImage }: { readonly request: CreateRequest; readonly site: Site; readonly hasImage: boolean },
): Promise<PlannedVserver[]> {
  const { complete, repairable } = cluster.vservers
  const known = [...complete, ...repairable]
  const planned: PlannedVserver[] = []
  for (const name of request.names) {
    const others = [...known, ...planned.map(({ vserver }) => vserver)]
    const vserver = newVserver(name, { request, site, others, hasImage })
    const tree = treeOf(vserver, site)
    const existing = begunOne(name, cluster, site)
    if (existing) planned.push({ vserver: existing, tree: treeOf(existing, site), from: 'killed creation' })
    else {
      requireUsable(vserver, cluster, site, others)
      await requirePlace(system, tree, { name, hasImage })
      planned.push({ vserver, tree, from: hasImage ? 'image' : 'tree' })
    }
  }
  return planned
}

/** Root of a new tree is a user of the node that is nobody else; an existing tree has its owner. */
function newVserver(
  name: string,
  {
    request,
    site,
    others,
    hasImage,
  }: {
    readonly request: CreateRequest
    readonly site: Site
    readonly others: readonly Vserver[]
    readonly hasImage: boolean
  },
): Vserver {
  const isOpen = hasImage && request.parameters.private_users === undefined
  const users = isOpen ? { private_users: String(freeIdRange(name, others)) } : {}
  const { address } = request
  return {
    name,
    cloud: site.cloud.name,
    tree: name,
    parameters: { ...request.parameters, ...users },
    address,
    state: 'active',
  }
}

function treeOf(vserver: Vserver, { cloud, node }: Site): NewTree {
  const first = Number(vserver.parameters.private_users)
  const firstId = Number.isInteger(first) ? first : 0
  return { node, mount: cloud.directory, directory: treePath(cloud, vserver), firstId }
}

/**
 * The vserver of a creation that was killed after it had come into the cluster.
 * @throws RangeError for one on another storage, of which something may be left.
 */
function begunOne(name: string, { nodes, vservers }: Cluster, { cloud }: Site): Vserver | undefined {
  const begun = begunVservers(nodes).filter(one => one.name === name)
  const other = begun.find(one => one.cloud !== cloud.name)
  if (other)
    throw new RangeError(
      `the creation of ${name} on ${other.cloud} was begun and is not complete: undo it with "vhacs vserver --destroy ${name}" first`,
    )
  return begun.length > 0
    ? vservers.complete.find(vserver => vserver.name === name && vserver.cloud === cloud.name)
    : undefined
}

/** @throws RangeError for a name that is taken, or would be read as a range, and for what its agent would refuse. */
function requireUsable(vserver: Vserver, cluster: Cluster, { cloud }: Site, others: readonly Vserver[]): void {
  const wanted = { ...vserver, preferredVhosts: undefined }
  const [problem] = [...vserverNameProblems(wanted, undefined, cluster, []), ...parameterProblems(vserver, cloud, [])]
  if (problem) throw new RangeError(problem.message)
  const around = others.find(({ cloud: on, tree }) => on === cloud.name && `${vserver.tree}/`.startsWith(`${tree}/`))
  if (around) throw new RangeError(`${vserver.tree} is in the tree of ${around.name}: choose another name`)
}

async function requirePlace(
  system: System,
  tree: NewTree,
  { name, hasImage }: { readonly name: string; readonly hasImage: boolean },
) {
  const found = await lookAtPlace(system, tree)
  const where = `${tree.directory} on ${tree.node}`
  if (hasImage && (found === 'directory' || found === 'other'))
    throw new RangeError(
      `${where} exists: remove it first, or create ${name} without --image and --suite if it is its tree`,
    )
  if (hasImage || found === 'directory') return
  throw new RangeError(
    found === 'unfinished'
      ? `${where} was left by a creation that was killed: give --image or --suite to begin anew`
      : `${where} is not a directory with the tree of ${name}: give --image or --suite to make one`,
  )
}
