import { generatedChap } from '../../../cloud/chap-files.ts'
import type { Cluster } from '../../../cloud/cib/read/cluster.ts'
import { type Configuration, OPEN, UNCHANGED } from '../../../cloud/configuration.ts'
import type { Problem } from '../../../cloud/problem.ts'
import type { NodeFacts } from '../../../cloud/resolve/context.ts'
import type { ResolvedCloud } from '../../../cloud/resolve/resolve.ts'
import type { System } from '../../../system/system.ts'
import { selectNamedNodes } from '../../command/select-nodes.ts'
import { readCib } from '../read-cib.ts'
import { review } from '../review.ts'
import { takeInventory } from './inventory.ts'
import { resolveWithProbes } from './resolve.ts'

/** New clouds, with the cluster and the facts that were used to choose their values. */
export interface NewClouds {
  readonly clouds: readonly ResolvedCloud[]
  readonly cluster: Cluster
  readonly facts: readonly NodeFacts[]
}

/** What the operator requests. */
export interface CreateRequest {
  readonly names: readonly string[]
  readonly sizeBytes: number
  /** A list of nodes for the data, the preferred ones first; any nodes when undefined. */
  readonly nodes: string | undefined
  /** On how many nodes. */
  readonly copies: number
  /** Whether they use CHAP, with generated secrets. */
  readonly isChapWanted: boolean
  /** Undefined for the usual ones. */
  readonly mountOptions?: string | undefined
}

/**
 * Chooses the nodes, minor and address of each cloud, as for a file of clouds that leaves them open. Reads only.
 * @throws RangeError for a request that cannot be met, Error when that is only because a node is unreachable.
 */
export async function chooseNewClouds(system: System, request: CreateRequest): Promise<NewClouds> {
  const snapshot = await readCib(system)
  const { cluster, root: cib } = snapshot
  refuseTakenNames(cluster, request.names)
  const { nodes, otherNodes } = cluster
  const storageOrder = request.nodes === undefined ? undefined : selectNamedNodes(request.nodes, nodes, otherNodes)
  const inventory = await takeInventory(system, cluster)
  const wanted = configurationOf(request, storageOrder)
  const { clouds, problems } = await resolveWithProbes(system, wanted, {
    cluster,
    inventory,
    cib,
    creating: true,
  })
  if (problems.length > 0) throw refusal(problems)
  // a refusal by crm_verify must be known before volumes are created
  await review(system, { snapshot, wanted, clouds, scratch: undefined })
  return { clouds, cluster, facts: inventory.facts }
}

function refusal(problems: readonly Problem[]): Error {
  const words = problems.map(({ message }) => message).join('; ')
  return problems.every(({ isUnreachable }) => isUnreachable) ? new Error(words) : new RangeError(words)
}

/** Target names are in lower case, so two names must not differ only in case. */
function refuseTakenNames({ clouds, incomplete }: Cluster, names: readonly string[]): void {
  const taken = new Map([...clouds, ...incomplete].map(({ name }) => [name.toLowerCase(), name]))
  for (const name of names) {
    const other = taken.get(name.toLowerCase())
    if (other !== undefined) throw new RangeError(`a cloud named ${other} already exists`)
    taken.set(name.toLowerCase(), name)
  }
}

function configurationOf(
  { names, sizeBytes, copies, isChapWanted, mountOptions }: CreateRequest,
  storageOrder: readonly string[] | undefined,
): Configuration {
  return {
    ...UNCHANGED,
    nodes: [],
    clouds: names.map(name => ({
      ...OPEN,
      name,
      sizeBytes,
      storageOrder,
      copies,
      mountOptions,
      chap: isChapWanted ? generatedChap(name) : undefined,
    })),
  }
}
