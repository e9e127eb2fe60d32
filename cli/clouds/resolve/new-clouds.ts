import type { Cluster } from '../../../cloud/cib/read-cluster.ts'
import type { Configuration } from '../../../cloud/configuration.ts'
import type { Problem } from '../../../cloud/problem.ts'
import type { NodeFacts } from '../../../cloud/resolve/context.ts'
import type { ResolvedCloud } from '../../../cloud/resolve/resolve.ts'
import type { System } from '../../../system/system.ts'
import { expandAmong } from '../../command/name-ranges.ts'
import { readCib } from '../read-cib.ts'
import { askNodes } from './inventory.ts'
import { resolveIn } from './resolve.ts'

/** What the nodes and the cluster are, and what the new clouds are to be. */
export interface CloudPlan {
  readonly clouds: readonly ResolvedCloud[]
  readonly cluster: Cluster
  readonly facts: readonly NodeFacts[]
}

/** What the operator asked for. */
export interface CreateRequest {
  readonly names: readonly string[]
  readonly sizeBytes: number
  /** A list of nodes for the data, the preferred ones first; any when not given. */
  readonly nodes: string | undefined
}

/**
 * Gives each cloud its nodes, minor and address, as a file of clouds that says no more would. Only looks.
 * @throws RangeError for a request that cannot be met, Error when only a node that does not answer is in the way.
 */
export async function planClouds(system: System, request: CreateRequest): Promise<CloudPlan> {
  const { cluster } = await readCib(system)
  refuseTakenNames(cluster, request.names)
  const storageOrder = request.nodes === undefined ? undefined : selectStorageNodes(request.nodes, cluster)
  const survey = await askNodes(system, cluster)
  const { clouds, problems } = await resolveIn(system, configurationOf(request, storageOrder), {
    cluster,
    survey,
    creating: true,
  })
  if (problems.length > 0) throw refusal(problems)
  return { clouds, cluster, facts: survey.facts }
}

function refusal(problems: readonly Problem[]): Error {
  const words = problems.map(({ message }) => message).join('; ')
  return problems.every(({ isUnreachable }) => isUnreachable) ? new Error(words) : new RangeError(words)
}

/** Target names are in lower case, so two clouds may not differ in case only. */
function refuseTakenNames({ clouds, incomplete }: Cluster, names: readonly string[]): void {
  const taken = new Map([...clouds, ...incomplete].map(({ name }) => [name.toLowerCase(), name]))
  for (const name of names) {
    const other = taken.get(name.toLowerCase())
    if (other !== undefined) throw new RangeError(`a cloud named ${other} already exists`)
    taken.set(name.toLowerCase(), name)
  }
}

/** In their order. ALL has no special meaning, as in the first VHACS. */
function selectStorageNodes(text: string, { nodes }: Cluster): string[] {
  const known = nodes.map(({ name }) => name)
  const names = expandAmong(text, known)
  const unknown = names.find(name => !known.includes(name))
  if (unknown !== undefined)
    throw new RangeError(`${unknown} is not a node of this cluster (nodes: ${known.join(', ')})`)
  return names
}

function configurationOf(
  { names, sizeBytes }: CreateRequest,
  storageOrder: readonly string[] | undefined,
): Configuration {
  return {
    cluster: undefined,
    networks: { serviceAddresses: undefined, replication: undefined },
    nodes: [],
    clouds: names.map(name => ({ ...OPEN, name, sizeBytes, storageOrder })),
  }
}

/** What is left open. */
export const OPEN = {
  storageNodes: undefined,
  volumeGroup: undefined,
  preferredVhosts: undefined,
  directory: undefined,
  mountOptions: undefined,
  address: undefined,
  prefixLength: undefined,
  minor: undefined,
  iqn: undefined,
  tpgt: undefined,
  chap: undefined,
  moreInitiators: undefined,
  state: undefined,
} as const
