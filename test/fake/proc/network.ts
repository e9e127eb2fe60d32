import { addressOf } from '../../../system/addresses.ts'
import type { FakeSystem } from '../system.ts'
import { liveFile } from '../tree.ts'

/** An interface of the fake node, with its addresses like 10.77.1.1/24. */
export interface FakeInterface {
  readonly name: string
  addresses: string[]
  hasCarrier: boolean
}

/** Gives the node these interfaces, which are up; changes to them show at once. */
export function network<const I extends readonly FakeInterface[]>(system: FakeSystem, ...interfaces: I): I {
  system.interfaceAddresses = () =>
    interfaces
      .filter(({ hasCarrier }) => hasCarrier)
      .flatMap(({ name: interfaceName, addresses }) => addresses.map(text => ({ interfaceName, ...parsed(text) })))
  system.put(
    '/proc/net/route',
    liveFile(() => procNetRoute(interfaces)),
  )
  system.put(
    '/proc/net/if_inet6',
    liveFile(() => ifInet6(interfaces)),
  )
  for (const { name } of interfaces)
    system.put(
      `/sys/class/net/${name}/carrier`,
      liveFile(() => (interfaces.find(found => found.name === name)?.hasCarrier ? '1\n' : '0\n')),
    )
  return interfaces
}

/** As Linux 6.1 prints it: the networks of IPv4 addresses, with or without carrier. */
function procNetRoute(interfaces: readonly FakeInterface[]): string {
  const lines = interfaces.flatMap(({ name, addresses }) =>
    addresses.flatMap(text => {
      const { address, prefixLength } = parsed(text)
      if (address.family === 6) return []
      const mask = (2n ** 32n - 1n) ^ (2n ** BigInt(32 - prefixLength) - 1n)
      return [`${name}\t${word(address.number & mask)}\t00000000\t0001\t0\t0\t0\t${word(mask)}\t0\t0\t0`]
    }),
  )
  const head = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT'
  const gateway = 'eth0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0'
  return [head, gateway, ...new Set(lines), ''].join('\n')
}

function ifInet6(interfaces: readonly FakeInterface[]): string {
  const lines = interfaces.flatMap(({ name, addresses }) =>
    addresses.map(parsed).flatMap(({ address, prefixLength }) => {
      if (address.family === 4) return []
      const bits = prefixLength.toString(16).padStart(2, '0')
      return [`${address.number.toString(16).padStart(32, '0')} 03 ${bits} 00 80 ${name.padStart(8)}\n`]
    }),
  )
  return lines.join('')
}

function parsed(text: string) {
  const [host = '', length] = text.split('/')
  const address = addressOf(host)
  if (address === undefined) throw new Error(`${text} is not an address`)
  return { address, prefixLength: Number(length) }
}

/** The lowest byte first. */
function word(number: bigint): string {
  const bytes = number.toString(16).toUpperCase().padStart(8, '0').match(/../g) ?? []
  return bytes.reverse().join('')
}
