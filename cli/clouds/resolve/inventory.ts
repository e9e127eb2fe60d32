import type { Cluster } from '../../../cloud/cib/read-cluster.ts'
import type { DrbdResource, NodeFacts, UnreachableNode } from '../../../cloud/resolve/context.ts'
import { type AddressRange, parseAddressRange } from '../../../cloud/subnets.ts'
import { descendants, parseXml } from '../../../cloud/xml.ts'
import { drbdConfiguration, drbdFiles, volumeGroups } from '../../../system/nodes/inventory.ts'
import { initiatorNameOn, nodeConf } from '../../../system/nodes/node-facts.ts'
import type { VhacsConf } from '../../../system/nodes/vhacs-conf.ts'
import type { System } from '../../../system/system.ts'
import { ifAvailable, whyUnavailable } from '../../run/unavailable.ts'

/** The facts of the nodes of a cluster, and why those of some are missing. */
export interface Inventory {
  readonly facts: readonly NodeFacts[]
  readonly unreachable: readonly UnreachableNode[]
}

/**
 * Queries all nodes at once for what new clouds depend on, also those that the cluster has lost: their initiators belong in
 * the ACLs. Nodes that are down cost one time-out together.
 */
export async function takeInventory(system: System, { nodes }: Cluster): Promise<Inventory> {
  const answers = await Promise.allSettled(nodes.map(({ name }) => nodeFacts(system, name)))
  const unreachable = answers.map((answer, index) => ({ answer, node: nodes[index]?.name ?? '' }))
  return {
    facts: answers.flatMap(answer => (answer.status === 'fulfilled' ? [answer.value] : [])),
    unreachable: unreachable.flatMap(({ answer, node }) =>
      answer.status === 'rejected' ? [{ node, why: whyUnavailable(answer.reason) }] : [],
    ),
  }
}

async function nodeFacts(system: System, node: string): Promise<NodeFacts> {
  const [groups, drbd, files, initiator, conf] = await Promise.all([
    volumeGroups(system, node),
    drbdConfiguration(system, node),
    drbdFiles(system, node),
    // a node that is not a vhost may have no initiator, and one that was never used no settings
    ifAvailable(initiatorNameOn(system, node)),
    ifAvailable(nodeConf(system, node)),
  ])
  const serviceAddresses = serviceAddressesOf(node, conf)
  const resources = [...resourcesIn(drbd), ...resourcesNamedBy(files)]
  return { node, volumeGroups: groups, drbd: resources, initiator, serviceAddresses }
}

/** @throws RangeError, naming the node, for a text that is not a range. */
function serviceAddressesOf(node: string, conf: VhacsConf | undefined): AddressRange | undefined {
  if (conf?.serviceAddresses === undefined) return undefined
  try {
    return parseAddressRange(conf.serviceAddresses)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new RangeError(`${node}: /etc/vhacs.conf: SERVICE_ADDRESSES: ${error.message}`, { cause: error })
  }
}

/** The resources in the XML of `drbdadm dump-xml`, which lists both nodes of each. */
export function resourcesIn(text: string): DrbdResource[] {
  return descendants(parseXml(text), 'resource').map(resource => {
    const numbers = (element: string, attribute: string) => [
      ...new Set(descendants(resource, element).map(({ attributes }) => Number(attributes[attribute]))),
    ]
    return {
      name: resource.attributes.name ?? '',
      minors: numbers('device', 'minor'),
      ports: numbers('address', 'port'),
      hosts: descendants(resource, 'host').flatMap(({ attributes: { name } }) => name ?? []),
    }
  })
}

/** A file keeps its name from being used for a new resource, whatever its content. */
function resourcesNamedBy(files: readonly string[]): DrbdResource[] {
  return files.flatMap(file =>
    file.endsWith('.res') ? [{ name: file.slice(0, -4), minors: [], ports: [], hosts: [] }] : [],
  )
}
