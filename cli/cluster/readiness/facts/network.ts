import { addressOf } from '../../../../cloud/addresses.ts'
import type { Cloud } from '../../../../cloud/cloud.ts'
import { isIn, subnetOf } from '../../../../cloud/subnets.ts'
import { type NetworkLink, networkLinks } from '../../../../system/nodes/addresses.ts'
import { parseJson } from '../../../../system/nodes/json.ts'
import type { Sections } from '../../examine/examination.ts'
import { error, type NodeFinding } from '../../examine/finding.ts'

/** No working interface in the network of a cloud's service address. That of /etc/vhacs.conf is judged with the settings. */
export function networkFindings({ sections }: Sections, cloud: Pick<Cloud, 'address' | 'prefixLength'>): NodeFinding[] {
  const { address, prefixLength } = cloud
  const links = linksIn(sections.get('links') ?? '[]').filter(link => isInNetwork(link, cloud))
  if (links.some(isWorking)) return []
  const [link] = links
  if (link === undefined)
    return [
      error(`no interface has an address in the network of ${address}/${prefixLength}`, 'check "ip address" there'),
    ]
  const interfaceText = `${link.name}, the interface for the service address ${address},`
  if (!link.flags.includes('UP')) return [error(`${interfaceText} is down`, `ip link set dev ${link.name} up`)]
  return [error(`${interfaceText} has no carrier`, 'check the cable and the port of the switch')]
}

/** A text that cannot be read is a finding of the settings. */
function linksIn(json: string): readonly NetworkLink[] {
  try {
    return networkLinks(parseJson(json))
  } catch (thrown) {
    if (thrown instanceof RangeError) return []
    throw thrown
  }
}

function isWorking({ flags }: NetworkLink): boolean {
  return flags.includes('UP') && flags.includes('LOWER_UP')
}

function isInNetwork({ addresses }: NetworkLink, { address, prefixLength }: Pick<Cloud, 'address' | 'prefixLength'>) {
  const wanted = addressOf(address)
  if (wanted === undefined) return false
  const subnet = subnetOf({ family: wanted.family, first: wanted.number, last: wanted.number, prefixLength })
  return addresses.some(({ local }) => {
    const found = addressOf(local)
    return found !== undefined && subnet !== undefined && isIn(subnet, found)
  })
}
