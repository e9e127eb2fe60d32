import { isIP } from 'node:net'
import type { Json } from '../json.ts'
import { listIn, numberIn, objectsIn, textIn } from './json.ts'

/** A network interface, as `ip -json address` has it. */
export interface NetworkLink {
  readonly name: string
  /** Such as `UP`. */
  readonly flags: readonly unknown[]
  readonly addresses: readonly NetworkAddress[]
  /** Its hardware address; undefined for a link without one. */
  readonly mac: string | undefined
}

/** An address of an interface. */
export interface NetworkAddress {
  readonly family: string
  /** Such as `global` or `link`. */
  readonly scope: string
  /** An IP address, without a zone. */
  readonly local: string
  readonly prefixLength: number
}

/** The interfaces in the output of `ip -json address`. @throws RangeError for anything else, and for invalid addresses. */
export function networkLinks(value: unknown): NetworkLink[] {
  // older versions print an empty object for each interface that was not requested
  const shown = objectsIn(value).filter(({ ifname }) => ifname !== undefined)
  return shown.map(link => ({
    name: textIn(link, 'ifname'),
    flags: Array.isArray(link.flags) ? link.flags : [],
    addresses: listIn(link, 'addr_info').flatMap(addressIn),
    mac: macIn(link.address),
  }))
}

/** The addresses in that output. @throws RangeError, as above. */
export function addressesOf(value: unknown): NetworkAddress[] {
  return networkLinks(value).flatMap(({ addresses }) => addresses)
}

/** What a node knows of a host in one of its networks, as `ip -json neighbour` has it. */
export interface Neighbour {
  readonly address: string
  /** Undefined while it is unknown. */
  readonly mac: string | undefined
  /** Whether the host has answered within the last seconds. */
  readonly isReachable: boolean
}

/** The neighbours in the output of `ip -json neighbour`. @throws RangeError for anything else, and for invalid addresses. */
export function neighboursIn(value: unknown): Neighbour[] {
  return objectsIn(value).map(entry => ({
    address: parseAddress(textIn(entry, 'dst')),
    mac: macIn(entry.lladdr),
    isReachable: Array.isArray(entry.state) && entry.state.includes('REACHABLE'),
  }))
}

function macIn(value: Json[string]): string | undefined {
  return typeof value === 'string' && /^[\da-f]{2}(:[\da-f]{2}){5}$/.test(value) ? value : undefined
}

/** An entry may contain only the other end of a point-to-point link. */
function addressIn(entry: Json): NetworkAddress[] {
  if (entry.local === undefined) return []
  const [family, scope, local] = [textIn(entry, 'family'), textIn(entry, 'scope'), parseAddress(textIn(entry, 'local'))]
  return [{ family, scope, local, prefixLength: numberIn(entry, 'prefixlen') }]
}

function parseAddress(text: string): string {
  // isIP accepts almost any text after the % of an IPv6 zone
  if (isIP(text) === 0 || text.includes('%')) throw new RangeError(`${JSON.stringify(text)} is not an IP address`)
  return text
}
