import type { Cloud } from '../../../cloud/cloud.ts'
import type { ReplicationEnd } from '../../../cloud/compose/drbd/config.ts'
import type { ResolvedCloud } from '../../../cloud/resolve/resolve.ts'
import { isIn, type Subnet } from '../../../cloud/subnets.ts'
import { addressOf } from '../../../system/addresses.ts'
import { UnexpectedAnswer } from '../../../system/nodes/answer.ts'
import { globalAddresses, interfaceAddress, nodeConf } from '../../../system/nodes/node-facts.ts'
import type { System } from '../../../system/system.ts'
import type { Job } from '../../run/jobs.ts'
import type { Work } from '../../run/steps.ts'
import type { NewSecret } from '../chap/new-secrets.ts'
import { prepareMounts } from '../prepare-mounts.ts'
import { adoptCloud, createCloud } from './create-cloud.ts'

/** The input of a creation besides the clouds. */
interface CreationSettings {
  /** The subnet that DRBD replicates in. */
  readonly subnet: Subnet | undefined
  /** The secrets to be generated. */
  readonly secrets?: readonly NewSecret[]
  /** The nodes that may mount them. */
  readonly vhosts: readonly string[]
}

/**
 * Jobs that create these clouds, from the volume to the mount, or that adopt existing data. A job that fails is rolled back, and
 * does not affect the others. DRBD replicates in the subnet, if one is given. Reads only.
 * @throws RangeError when a node has no address in it, or has settings that cannot be read.
 */
export async function creationJobs(
  work: Work,
  clouds: readonly ResolvedCloud[],
  { subnet, secrets = [], vhosts }: CreationSettings,
): Promise<Job[]> {
  const ends = await replicationEnds(
    work.system,
    clouds.flatMap(({ cloud, isAdopted }) => (isAdopted ? [] : [cloud])),
    subnet,
  )
  return clouds.map(({ cloud, isAdopted, wanted: { sizeBytes = 0 } }) => {
    const wanted = {
      cloud,
      ends: cloud.storageNodes.flatMap(node => ends.get(node) ?? []),
      sizeBytes,
      secret: secrets.find(secret => secret.cloud === cloud.name),
    }
    const outcome = isAdopted ? 'is attached' : 'is created'
    return {
      name: cloud.name,
      outcome: cloud.state === 'standby' ? outcome : 'is mounted',
      run: async print => {
        await (isAdopted ? adoptCloud({ ...work, print }, cloud) : createCloud({ ...work, print }, wanted))
        for (const note of await prepareMounts(work.system, vhosts, [cloud.directory])) print(note)
      },
    }
  })
}

/**
 * The address that DRBD of each node listens on: in the subnet if one is given, otherwise on the interface of the node's settings.
 */
async function replicationEnds(
  system: System,
  clouds: readonly Cloud[],
  subnet: Subnet | undefined,
): Promise<Map<string, ReplicationEnd>> {
  const nodes = [...new Set(clouds.flatMap(({ storageNodes }) => storageNodes))]
  const ends = nodes.map(async node => ({ node, address: await replicationAddress(system, node, subnet) }))
  return new Map((await Promise.all(ends)).map(end => [end.node, end]))
}

async function replicationAddress(system: System, node: string, subnet: Subnet | undefined): Promise<string> {
  if (subnet === undefined) return interfaceAddress(system, node, await replicationInterface(system, node))
  const addresses = await globalAddresses(system, node)
  const found = addresses.find(text => {
    const address = addressOf(text)
    return address !== undefined && isIn(subnet, address)
  })
  if (found === undefined)
    throw new RangeError(`${node} has no address in the replication network (addresses: ${addresses.join(', ')})`)
  return found
}

async function replicationInterface(system: System, node: string): Promise<string> {
  try {
    return (await nodeConf(system, node)).replicationInterface
  } catch (error) {
    if (error instanceof UnexpectedAnswer) throw new RangeError(error.message, { cause: error })
    throw error
  }
}
