/** An IP address as a number. */
export interface Address {
  readonly family: 4 | 6
  readonly number: bigint
}

/** The bits of an address, by family. */
export const ADDRESS_BITS = { 4: 32, 6: 128 } as const

/** An address of an interface, and the bits of its network's prefix. */
export interface InterfaceAddress {
  readonly interfaceName: string
  readonly address: Address
  readonly prefixLength: number
}

/** Whether an address lies in the network of an interface's address. */
export function isInNetwork(
  { family, number }: Address,
  { address, prefixLength }: Omit<InterfaceAddress, 'interfaceName'>,
) {
  const hostBits = BigInt(ADDRESS_BITS[family] - prefixLength)
  return family === address.family && number >> hostBits === address.number >> hostBits
}

/** The address that a text names; undefined when it is not an address. */
export function addressOf(text: string): Address | undefined {
  return text.includes(':') ? addressOf6(text) : addressOf4(text)
}

/** The normal form: without leading zeros, and for IPv6 that of RFC 5952. */
export function addressText({ family, number }: Address): string {
  const parts = (count: number, bits: number) =>
    Array.from(
      { length: count },
      (_, index) => (number >> BigInt(bits * (count - 1 - index))) & ((1n << BigInt(bits)) - 1n),
    )
  if (family === 4) return parts(4, 8).join('.')
  const hexadecimal = parts(8, 16).map(part => part.toString(16))
  return new URL(`http://[${hexadecimal.join(':')}]/`).hostname.slice(1, -1)
}

/** A key for maps and sets, the same for all forms of an address. */
export function addressKey({ family, number }: Address): string {
  return `${family} ${number}`
}

/** The same for all forms of an address; a text that is no address stays as it is. */
export function addressTextKey(text: string): string {
  const address = addressOf(text)
  return address === undefined ? text : addressKey(address)
}

/** A part with a leading zero could be meant as octal. */
function addressOf4(text: string): Address | undefined {
  const parts = text.split('.')
  const isAddress = parts.length === 4 && parts.every(part => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)
  return isAddress ? { family: 4, number: parts.reduce((sum, part) => sum * 256n + BigInt(part), 0n) } : undefined
}

/** The URL parser accepts all forms of IPv6, and returns that of RFC 5952 without dotted parts. */
function addressOf6(text: string): Address | undefined {
  const url = `http://[${text}]/`
  if (!/^[\da-f:.]+$/i.test(text) || !URL.canParse(url)) return undefined
  const [front = '', back] = new URL(url).hostname.slice(1, -1).split('::')
  const groups = (half: string) => half.split(':').filter(group => group !== '')
  const tail = back === undefined ? [] : groups(back)
  const head = groups(front)
  const all = [...head, ...Array(8 - head.length - tail.length).fill('0'), ...tail]
  return { family: 6, number: all.reduce((sum, group) => sum * 65536n + BigInt(`0x${group}`), 0n) }
}

/** What a connection meets at an address. `refused` is an answer, too: of a node on which nothing listens there, or of a packet filter. */
export type TcpAnswer = 'accepted' | 'refused' | 'none'
