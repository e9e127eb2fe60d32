import type { Cloud } from '../../../../cloud/cloud.ts'
import { isIn, subnetOf } from '../../../../cloud/subnets.ts'
import { addressOf } from '../../../../system/addresses.ts'
import { type NetworkLink, networkLinks } from '../../../../system/nodes/addresses.ts'
import { parseJson } from '../../../../system/nodes/json.ts'
import { ifReadable } from '../../../run/if-readable.ts'
import type { Sections } from '../../examine/examination.ts'
import { error, type NodeFinding } from '../../examine/finding.ts'

type Portal = Pick<Cloud, 'address' | 'prefixLength'>

/** Without an interface in the network of a cloud's service address, a node cannot have the address. */
export function networkFindings(examined: Sections, cloud: Portal): NodeFinding[] {
  const { address, prefixLength } = cloud
  if (linksTo(examined, cloud).length > 0) return linkFindings(examined, cloud)
  return [error(`no interface has an address in the network of ${address}/${prefixLength}`, 'check "ip address" there')]
}

/** An interface in that network that does not work. A vhost may have none there, and a router. */
export function linkFindings(examined: Sections, cloud: Portal): NodeFinding[] {
  const links = linksTo(examined, cloud)
  const [link] = links
  if (link === undefined || links.some(isWorking)) return []
  const interfaceText = `${link.name}, the interface for the service address ${cloud.address},`
  if (!link.flags.includes('UP')) return [error(`${interfaceText} is down`, `ip link set dev ${link.name} up`)]
  return [error(`${interfaceText} has no carrier`, 'check the cable and the port of the switch')]
}

function linksTo({ sections }: Sections, cloud: Portal): NetworkLink[] {
  const links = ifReadable(() => networkLinks(parseJson(sections.get('links') ?? '[]'))) ?? []
  return links.filter(link => isInNetwork(link, cloud))
}

function isWorking({ flags }: NetworkLink): boolean {
  return flags.includes('UP') && flags.includes('LOWER_UP')
}

function isInNetwork({ addresses }: NetworkLink, { address, prefixLength }: Portal) {
  const wanted = addressOf(address)
  if (wanted === undefined) return false
  const subnet = subnetOf({ family: wanted.family, first: wanted.number, last: wanted.number, prefixLength })
  return addresses.some(({ local }) => {
    const found = addressOf(local)
    return found !== undefined && subnet !== undefined && isIn(subnet, found)
  })
}
