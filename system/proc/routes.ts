import { type Address, type InterfaceAddress, isInNetwork } from '../addresses.ts'
import { ifPresent, type System } from '../system.ts'

/**
 * The names of the interfaces through which this node sends to an address that is in a network of its own: those with the smallest
 * such network. They are listed without carrier, too, but not when they are down. Reads /proc/net/route and if_inet6.
 */
export function interfacesTo(system: System, address: Address): string[] {
  const read = (path: string) => ifPresent(() => system.read(path)) ?? ''
  const networks = address.family === 4 ? networks4(read('/proc/net/route')) : networks6(read('/proc/net/if_inet6'))
  const around = networks.filter(network => isInNetwork(address, network))
  const longest = Math.max(...around.map(({ prefixLength }) => prefixLength))
  const nearest = around.filter(({ prefixLength }) => prefixLength === longest)
  return [...new Set(nearest.map(({ interfaceName }) => interfaceName))]
}

/** The addresses of the interfaces: address, number of the interface, prefix length, scope, flags, name. */
function networks6(text: string): InterfaceAddress[] {
  return text.split('\n').flatMap(line => {
    const [, hex, length = '', interfaceName = ''] =
      /^([0-9a-f]{32}) [0-9a-f]+ ([0-9a-f]{2}) [0-9a-f]+ [0-9a-f]+ +(\S+)$/.exec(line) ?? []
    if (hex === undefined) return []
    return [
      { interfaceName, address: { family: 6, number: BigInt(`0x${hex}`) }, prefixLength: Number.parseInt(length, 16) },
    ]
  })
}

/** RTF_UP; a route with RTF_GATEWAY or RTF_REJECT leads elsewhere. */
const CONNECTED = '0001'

/** The routes without a gateway; the columns are interface, destination, gateway, flags, three counters, and mask. */
function networks4(text: string): InterfaceAddress[] {
  return text.split('\n').flatMap(line => {
    const [interfaceName = '', destination = '', gateway, flags, , , , mask = ''] = line.trim().split(/\s+/)
    const isConnected = gateway === '00000000' && flags === CONNECTED && [destination, mask].every(isWord)
    const prefixLength = isConnected ? numberOf(mask).toString(2).lastIndexOf('1') + 1 : 0
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
