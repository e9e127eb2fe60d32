import { addressOf } from '../../../cloud/addresses.ts'
import { type Json, listIn, numberIn, objectsIn, parseJson, textIn } from '../../../system/nodes/json.ts'

/** A network interface, as `ip -json address` has it. */
export interface NetworkLink {
  /** Such as `UP`. */
  readonly flags: readonly unknown[]
  readonly addresses: readonly NetworkAddress[]
}

export interface NetworkAddress {
  readonly family: string
  readonly scope: string
  /** An IP address. */
  readonly local: string
  readonly prefixLength: number
}

/**
 * The interface of that name in the section `links`; undefined when there is none.
 * @throws RangeError for a text that is not that of `ip -json address`.
 */
export function networkLink(json: string | undefined, name: string): NetworkLink | undefined {
  try {
    const found = objectsIn(parseJson(json ?? '')).find(({ ifname }) => ifname === name)
    return found && { flags: flagsIn(found), addresses: listIn(found, 'addr_info').flatMap(addressIn) }
  } catch (error) {
    if (error instanceof RangeError) throw new RangeError(`ip -json address: ${error.message}`, { cause: error })
    throw error
  }
}

function flagsIn({ flags }: Json): readonly unknown[] {
  return Array.isArray(flags) ? flags : []
}

/** The other end of a point-to-point link may be all that an entry has. */
function addressIn(entry: Json): NetworkAddress[] {
  if (entry.local === undefined) return []
  const local = textIn(entry, 'local')
  if (addressOf(local) === undefined) throw new RangeError(`${JSON.stringify(local)} is not an IP address`)
  return [
    {
      family: textIn(entry, 'family'),
      scope: textIn(entry, 'scope'),
      local,
      prefixLength: numberIn(entry, 'prefixlen'),
    },
  ]
}
