import type { Configuration } from '../../cloud/configuration.ts'
import { type Cluster, readCib } from '../../cloud/read-cib.ts'
import type { ResolvedCloud } from '../../cloud/resolve/resolve.ts'
import type { NodeFacts } from '../../cloud/resolve/situation.ts'
import { queryCib } from '../../system/cluster.ts'
import type { System } from '../../system/system.ts'
import { resolveIn } from '../plan/resolution.ts'
import { askNodes } from '../plan/survey.ts'

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
  /** The two storage nodes; chosen by free space when not given. */
  readonly storageNodes: readonly [string, string] | undefined
}

/**
 * Gives each cloud its nodes, minor and address, as a file of clouds that says no more would. Only looks.
 * @throws RangeError for a request that cannot be met.
 */
export async function planClouds(system: System, request: CreateRequest): Promise<CloudPlan> {
  const cib = await queryCib(system)
  const cluster = readCib(cib)
  refuseTakenNames(cluster, request.names)
  const survey = await askNodes(system, cluster)
  const { clouds, complaints } = await resolveIn(system, configurationOf(request), { cib, survey, makes: true })
  if (complaints.length > 0) throw new RangeError(complaints.map(({ message }) => message).join('; '))
  return { clouds, cluster, facts: survey.facts }
}

/** Target names are in lower case, so two clouds may not differ in case only. */
function refuseTakenNames({ clouds, incomplete }: Cluster, names: readonly string[]): void {
  const taken = new Map([...clouds, ...incomplete].map(({ name }) => [name.toLowerCase(), name]))
  for (const name of names) {
    const other = taken.get(name.toLowerCase())
    if (other !== undefined) throw new RangeError(`a cloud named ${other} is there already`)
    taken.set(name.toLowerCase(), name)
  }
}

function configurationOf({ names, sizeBytes, storageNodes }: CreateRequest): Configuration {
  return {
    cluster: undefined,
    networks: { serviceAddresses: undefined, replication: undefined },
    nodes: [],
    clouds: names.map(name => ({ ...OPEN, name, sizeBytes, storageNodes })),
  }
}

/** What is left open. */
export const OPEN = {
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
