import type { Cluster } from '../../../cloud/cib/read-cluster.ts'
import type { DrbdResource, NodeFacts, UnreachableNode } from '../../../cloud/resolve/context.ts'
import { type AddressRange, parseAddressRange } from '../../../cloud/subnets.ts'
import { descendants, parseXml } from '../../../cloud/xml.ts'
import { drbdConfiguration, drbdFiles, volumeGroups } from '../../../system/nodes/inventory.ts'
import { initiatorNameOn, nodeConf } from '../../../system/nodes/node-facts.ts'
import type { VhacsConf } from '../../../system/nodes/vhacs-conf.ts'
import { Missing, type System, ToolFailed } from '../../../system/system.ts'
import { messageOf } from '../../run/steps.ts'

/** What the nodes of a cluster said, and what those that did not answer said instead. */
export interface Survey {
  readonly facts: readonly NodeFacts[]
  readonly unreachable: readonly UnreachableNode[]
}

/**
 * Asks all nodes at once what new clouds must know of them, also those that the cluster has lost: their initiators are to be
 * let in. One that is down costs one time-out.
 */
export async function askNodes(system: System, { nodes }: Cluster): Promise<Survey> {
  const answers = await Promise.allSettled(nodes.map(({ name }) => askNode(system, name)))
  const unreachable = answers.map((answer, index) => ({ answer, node: nodes[index]?.name ?? '' }))
  return {
    facts: answers.flatMap(answer => (answer.status === 'fulfilled' ? [answer.value] : [])),
    unreachable: unreachable.flatMap(({ answer, node }) =>
      answer.status === 'rejected' ? [{ node, why: whyNot(answer.reason) }] : [],
    ),
  }
}

/** A node that does not answer is one thing, one that says what makes no sense another. */
function whyNot(error: unknown): string {
  if (error instanceof ToolFailed || error instanceof Missing) return messageOf(error)
  throw error
}

async function askNode(system: System, node: string): Promise<NodeFacts> {
  const [groups, drbd, files, initiator, conf] = await Promise.all([
    volumeGroups(system, node),
    drbdConfiguration(system, node),
    drbdFiles(system, node),
    unless(initiatorNameOn(system, node)),
    unless(nodeConf(system, node)),
  ])
  const serviceAddresses = serviceAddressesOf(node, conf)
  const resources = [...resourcesIn(drbd), ...resourcesNamedBy(files)]
  return { node, volumeGroups: groups, drbd: resources, initiator, serviceAddresses }
}

/** @throws RangeError, naming the node, for what is no range. */
function serviceAddressesOf(node: string, conf: VhacsConf | undefined): AddressRange | undefined {
  if (conf?.serviceAddresses === undefined) return undefined
  try {
    return parseAddressRange(conf.serviceAddresses)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new RangeError(`${node}: /etc/vhacs.conf: SERVICE_ADDRESSES: ${error.message}`, { cause: error })
  }
}

/** A node that is no vhost may have no initiator, one that has never been used no settings. */
async function unless<T>(answer: Promise<T>): Promise<T | undefined> {
  return answer.catch((error: unknown) => {
    if (error instanceof ToolFailed || error instanceof Missing) return undefined
    throw error
  })
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

/** A file that is called like one of ours is in the way of that resource, whatever is in it. */
function resourcesNamedBy(files: readonly string[]): DrbdResource[] {
  return files.flatMap(file =>
    file.endsWith('.res') ? [{ name: file.slice(0, -4), minors: [], ports: [], hosts: [] }] : [],
  )
}
