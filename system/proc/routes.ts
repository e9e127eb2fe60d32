import { type Address, type InterfaceAddress, isInNetwork } from '../addresses.ts'
import { ifPresent, type System } from '../system.ts'

/** An IPv4 network that an interface of this node is in; the address is that of the network. */
type ConnectedNetwork = InterfaceAddress

/**
 * The names of the interfaces through which this node sends to an IPv4 address that is in a network of its own: those with the
 * smallest such network. They are listed without carrier, too, but not when they are down. Reads /proc/net/route.
 */
export function interfacesTo(system: System, address: Address): string[] {
  const networks = connectedNetworks(ifPresent(() => system.read('/proc/net/route')) ?? '')
  const around = networks.filter(network => isInNetwork(address, network))
  const longest = Math.max(...around.map(({ prefixLength }) => prefixLength))
  return around.filter(({ prefixLength }) => prefixLength === longest).map(({ interfaceName }) => interfaceName)
}

/** RTF_UP; a route with RTF_GATEWAY or RTF_REJECT leads elsewhere. */
const CONNECTED = '0001'

/** The routes without a gateway; the columns are interface, destination, gateway, flags, three counters, and mask. */
function connectedNetworks(text: string): ConnectedNetwork[] {
  return text.split('\n').flatMap(line => {
    const [interfaceName = '', destination = '', gateway, flags, , , , mask = ''] = line.trim().split(/\s+/)
    const isConnected = gateway === '00000000' && flags === CONNECTED && [destination, mask].every(isWord)
    const prefixLength = isConnected ? numberOf(mask).toString(2).replace(/0+$/, '').length : 0
    if (prefixLength === 0) return []
    return [{ interfaceName, address: { family: 4, number: numberOf(destination) }, prefixLength }]
  })
}

function isWord(text: string): boolean {
  return /^[0-9A-F]{8}$/.test(text)
}

/** The bytes of a word are in the order of the machine, which is little-endian here. */
function numberOf(word: string): bigint {
  return BigInt(`0x${(word.match(/../g) ?? []).reverse().join('')}`)
}
