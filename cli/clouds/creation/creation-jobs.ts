import { addressOf } from '../../../cloud/addresses.ts'
import type { Cloud } from '../../../cloud/cloud.ts'
import type { ReplicationEnd } from '../../../cloud/compose/drbd-config.ts'
import type { ResolvedCloud } from '../../../cloud/resolve/resolve.ts'
import { isIn, type Subnet } from '../../../cloud/subnets.ts'
import { globalAddresses, interfaceAddress, nodeConf } from '../../../system/nodes/node-facts.ts'
import type { System } from '../../../system/system.ts'
import type { Job } from '../../run/jobs.ts'
import type { Work } from '../../run/steps.ts'

import { attachCloud, createCloud } from './create-cloud.ts'

/**
 * Jobs that make these clouds, each from its volume (or from the cluster, if its data are there) to its mount; one that fails
 * is undone and leaves the others alone. DRBD talks in the subnet, if one is named. Only looks.
 * @throws RangeError when a node has no address there.
 */
export async function creationJobs(
  work: Work,
  clouds: readonly ResolvedCloud[],
  subnet: Subnet | undefined,
): Promise<Job[]> {
  const ends = await replicationEnds(
    work.system,
    clouds.flatMap(({ cloud, isAdopted }) => (isAdopted ? [] : [cloud])),
    subnet,
  )
  return clouds.map(({ cloud, isAdopted, wanted: { sizeBytes = 0 } }) => {
    const plan = { cloud, ends: cloud.storageNodes.flatMap(node => ends.get(node) ?? []) }
    const made = isAdopted ? 'is attached' : 'is made'
    return {
      name: cloud.name,
      outcome: cloud.state === 'standby' ? made : 'is mounted',
      run: print =>
        isAdopted ? attachCloud({ ...work, print }, cloud) : createCloud({ ...work, print }, plan, sizeBytes),
    }
  })
}

/** Where DRBD of each node listens: in the subnet that is named, else at the interface that the node's settings name. */
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
  if (subnet === undefined) return interfaceAddress(system, node, (await nodeConf(system, node)).replicationInterface)
  const addresses = await globalAddresses(system, node)
  const found = addresses.find(text => {
    const address = addressOf(text)
    return address !== undefined && isIn(subnet, address)
  })
  if (found === undefined)
    throw new RangeError(`${node} has no address in the replication network: it has ${addresses.join(', ')}`)
  return found
}
