import type { Cluster } from '../../../cloud/cib/read/cluster.ts'
import type { DrbdResource, NodeFacts, UnreachableNode } from '../../../cloud/resolve/context.ts'
import { type AddressRange, parseAddressRange } from '../../../cloud/subnets.ts'
import { descendants, type Element, parseXml } from '../../../cloud/xml.ts'
import { excerpt, UnexpectedAnswer } from '../../../system/nodes/answer.ts'
import { drbdConfiguration, drbdFiles, volumeGroups } from '../../../system/nodes/inventory.ts'
import { initiatorNameOn, nodeConf } from '../../../system/nodes/node-facts.ts'
import type { System } from '../../../system/system.ts'
import { ifAvailable, whyUnavailable } from '../../run/unavailable.ts'

/** The facts of the nodes of a cluster, and the reasons why some are missing. */
export interface Inventory {
  readonly facts: readonly NodeFacts[]
  readonly unreachable: readonly UnreachableNode[]
}

/**
 * Queries all nodes at once for the facts that new clouds depend on, including nodes that the cluster has lost, because their
 * initiators belong in the ACLs. All nodes that are down cost a single time-out.
 * @throws RangeError when there are no service addresses because of faulty settings.
 */
export async function takeInventory(system: System, { nodes }: Cluster): Promise<Inventory> {
  const answers = await Promise.allSettled(nodes.map(({ name }) => nodeFacts(system, name)))
  const unreachable = answers.map((answer, index) => ({ answer, node: nodes[index]?.name ?? '' }))
  const known = answers.flatMap(answer => (answer.status === 'fulfilled' ? [answer.value] : []))
  const faults = known.flatMap(({ fault }) => fault ?? [])
  // one node with a valid file is enough
  if (faults.length > 0 && known.every(({ facts }) => facts.serviceAddresses === undefined))
    throw new RangeError(faults.join('; '))
  return {
    facts: known.map(({ facts }) => facts),
    unreachable: unreachable.flatMap(({ answer, node }) =>
      answer.status === 'rejected' ? [{ node, why: whyUnavailable(answer.reason) }] : [],
    ),
  }
}

/** The facts of a node, and what is wrong with its settings. */
async function nodeFacts(system: System, node: string): Promise<{ facts: NodeFacts; fault: string | undefined }> {
  const [groups, drbd, files, initiator, conf] = await Promise.all([
    volumeGroups(system, node),
    drbdConfiguration(system, node, resourcesIn),
    drbdFiles(system, node),
    // a node that is not a vhost may have no initiator name, and an unused one no settings
    ifAvailable(initiatorNameOn(system, node)),
    serviceAddressesOn(system, node),
  ])
  const resources = [...drbd, ...resourcesNamedBy(files)]
  const { range: serviceAddresses, fault } = conf
  return { facts: { node, volumeGroups: groups, drbd: resources, initiator, serviceAddresses }, fault }
}

interface ServiceAddresses {
  readonly range: AddressRange | undefined
  readonly fault?: string
}

/** The range in a node's settings, or what is wrong with them. */
async function serviceAddressesOn(system: System, node: string): Promise<ServiceAddresses> {
  try {
    const { serviceAddresses } = await nodeConf(system, node)
    return { range: serviceAddresses === undefined ? undefined : parseAddressRange(serviceAddresses) }
  } catch (error) {
    if (error instanceof UnexpectedAnswer) return { range: undefined, fault: error.message }
    if (error instanceof RangeError)
      return { range: undefined, fault: `${node}: /etc/vhacs.conf: SERVICE_ADDRESSES: ${error.message}` }
    whyUnavailable(error)
    return { range: undefined }
  }
}

/** @throws RangeError that shows a text that is not XML. */
function parsedXml(text: string): Element {
  try {
    return parseXml(text)
  } catch (cause) {
    throw new RangeError(`expected XML, got ${excerpt(text)}`, { cause })
  }
}

/**
 * The resources in the XML of `drbdadm dump-xml`, which lists the nodes of each; that of DRBD 9 repeats them in each connection.
 * @throws RangeError for text that is not XML, and for invalid numbers.
 */
export function resourcesIn(text: string): DrbdResource[] {
  return descendants(parsedXml(text), 'resource').map(resource => {
    const numbers = (element: string, attribute: string) => [
      ...new Set(descendants(resource, element).map(({ attributes }) => numberOf(attributes[attribute]))),
    ]
    return {
      name: resource.attributes.name ?? '',
      minors: numbers('device', 'minor'),
      ports: numbers('address', 'port'),
      hosts: resource.children.flatMap(({ name, attributes }) => (name === 'host' ? (attributes.name ?? []) : [])),
    }
  })
}

function numberOf(text = ''): number {
  if (!/^\d{1,9}$/.test(text)) throw new RangeError(`expected a minor or a port, got ${excerpt(text)}`)
  return Number(text)
}

/** A file reserves its name, whatever its content: a new resource cannot use it. */
function resourcesNamedBy(files: readonly string[]): DrbdResource[] {
  return files.flatMap(file =>
    file.endsWith('.res') ? [{ name: file.slice(0, -4), minors: [], ports: [], hosts: [] }] : [],
  )
}
