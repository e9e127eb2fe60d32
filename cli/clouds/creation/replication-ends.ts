import type { Cloud } from '../../../cloud/cloud.ts'
import type { DrbdMajor, ReplicationEnd } from '../../../cloud/compose/drbd/config.ts'
import { joinedNames } from '../../../cloud/listed-names.ts'
import { isIn, type Subnet } from '../../../cloud/subnets.ts'
import { addressOf } from '../../../system/addresses.ts'
import { type DrbdVersion, supportedMajor } from '../../../system/drbd/proc-drbd.ts'
import { UnexpectedAnswer } from '../../../system/nodes/answer.ts'
import { drbdVersionOn } from '../../../system/nodes/drbd/version.ts'
import { globalAddresses, interfaceAddress, nodeConf } from '../../../system/nodes/node-facts.ts'
import type { System } from '../../../system/system.ts'

/** What the DRBD configuration of a cloud takes from its nodes. */
export interface ReplicationFacts {
  readonly ends: readonly ReplicationEnd[]
  readonly major: DrbdMajor
}

/**
 * The facts of the nodes of these clouds, by cloud. DRBD of each node listens on its address in the subnet if one is given, otherwise on
 * that of the interface of the node's settings. Reads only.
 * @throws RangeError when a node has no such address, has settings that cannot be read, or has no version of DRBD that is supported,
 * when the nodes of a cloud have different major versions, and for a cloud on more nodes than the version has sides.
 */
export async function replicationFacts(
  system: System,
  clouds: readonly Cloud[],
  subnet: Subnet | undefined,
): Promise<(cloud: Cloud) => ReplicationFacts> {
  const majors = await drbdMajors(system, clouds)
  const ends = await byNode(clouds, async node => ({ node, address: await replicationAddress(system, node, subnet) }))
  return cloud => ({ ends: cloud.storageNodes.flatMap(node => ends.get(node) ?? []), major: majors(cloud) })
}

/** The major version of DRBD on the nodes of each of these clouds. Reads only. @throws RangeError as above. */
export async function drbdMajors(system: System, clouds: readonly Cloud[]): Promise<(cloud: Cloud) => DrbdMajor> {
  const versions = await byNode(clouds, node => drbdVersionOn(system, node))
  const majors = new Map(clouds.map(cloud => [cloud.name, majorOf(cloud, versions)]))
  return ({ name }) => {
    const major = majors.get(name)
    if (major === undefined) throw new Error(`the nodes of ${name} were not asked`)
    return major
  }
}

async function byNode<T>(clouds: readonly Cloud[], ask: (node: string) => Promise<T>): Promise<Map<string, T>> {
  const nodes = [...new Set(clouds.flatMap(({ storageNodes }) => storageNodes))]
  return new Map(await Promise.all(nodes.map(async node => [node, await ask(node)] as const)))
}

function majorOf({ name, storageNodes }: Cloud, versions: ReadonlyMap<string, DrbdVersion | undefined>): DrbdMajor {
  const sides = storageNodes.map(node => ({ node, version: versions.get(node) }))
  const majors = sides.map(({ node, version }) => requireMajor(node, version))
  const [first = 8, ...others] = majors
  const each = sides.map(({ node, version }) => `${node} has DRBD ${version?.text}`).join(', ')
  if (sides.length > 2 && majors.includes(8))
    throw new RangeError(
      `${name}: ${each}: ${joinedNames(storageNodes)} must all have DRBD 9, because DRBD 8.4 replicates between two nodes only`,
    )
  if (others.every(major => major === first)) return first
  throw new RangeError(`${name}: ${each}: both nodes must have the same major version, 8.4 or 9`)
}

/** The major version of a node. @throws RangeError for a node without DRBD, or with a version that is not supported. */
export function requireMajor(node: string, version: DrbdVersion | undefined): DrbdMajor {
  if (version === undefined) throw new RangeError(`the kernel of ${node} has no module drbd`)
  const major = supportedMajor(version)
  if (major === undefined)
    throw new RangeError(`${node} has DRBD ${version.text}, which is not supported: it must be 8.4 or 9`)
  return major
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
