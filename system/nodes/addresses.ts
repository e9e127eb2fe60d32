import { isIP } from 'node:net'
import { type Json, listIn, objectsIn, textIn } from './json.ts'

/** An address of a node's interface, as `ip -json address` shows it. */
export interface NodeAddress {
  readonly family: string
  /** Such as `global` or `link`. */
  readonly scope: string
  /** An IP address, without a zone. */
  readonly local: string
}

/** The addresses in the output of `ip -json address`. @throws RangeError for anything else, and for what is no address. */
export function addressesOf(value: unknown): NodeAddress[] {
  // older versions print an empty object for each interface that was not asked for
  return objectsIn(value)
    .flatMap(link => listIn(link, 'addr_info'))
    .flatMap(addressOf)
}

/** The other end of a point-to-point link may be all that an entry has. */
function addressOf(entry: Json): NodeAddress[] {
  if (entry.local === undefined) return []
  return [
    { family: textIn(entry, 'family'), scope: textIn(entry, 'scope'), local: parseAddress(textIn(entry, 'local')) },
  ]
}

function parseAddress(text: string): string {
  // with a zone, almost any text is an address of IPv6
  if (isIP(text) === 0 || text.includes('%')) throw new RangeError(`${JSON.stringify(text)} is not an IP address`)
  return text
}
