import { addressKey, addressOf, addressText } from '../../system/addresses.ts'
import { child, descendants, type Element } from '../xml.ts'
import { replicasOf } from './read/defined-nodes.ts'

/**
 * The IP addresses that a CIB's configuration names, each once: in parameters of any agent and in templates, in every set of
 * attributes, even if it is only used through a reference, and those of the containers of bundles. A superfluous address is merely
 * not assigned to a new cloud; a missing one would be used twice.
 */
export function usedAddresses(configuration: Element): string[] {
  const values = descendants(configuration, 'nvpair').map(({ attributes }) => attributes.value ?? '')
  const bundles = descendants(child(configuration, 'resources'), 'bundle')
  const texts = [...values.flatMap(addressesIn), ...bundles.flatMap(containerAddresses)]
  const byKey = texts.flatMap(text => {
    const address = addressOf(text)
    return address === undefined ? [] : [[addressKey(address), text] as const]
  })
  return [...new Map(byKey.reverse()).values()].reverse()
}

/**
 * The parts that may be addresses in `10.0.0.1`, `10.0.0.1/24`, `10.0.0.1:3260`, `[2001:db8::1]:3260`, and in lists and options of
 * these.
 */
function addressesIn(value: string): string[] {
  return value
    .split(/[\s,;="'|]+/)
    .filter(word => /[.:]/.test(word))
    .map(word => word.replace(/\/\d{1,3}$/, '').replace(/^\[([\da-fA-F:.]{2,45})\](:\d{1,5})?$/, '$1'))
    .map(word => word.replace(/^(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}$/, '$1'))
}

/** The containers of a bundle have consecutive addresses. @see Pacemaker Explained, bundles, ip-range-start */
function containerAddresses(bundle: Element): string[] {
  const first = addressOf(child(bundle, 'network')?.attributes['ip-range-start'] ?? '')
  if (first === undefined) return []
  return Array.from({ length: replicasOf(bundle) }, (_, index) =>
    addressText({ ...first, number: first.number + BigInt(index) }),
  )
}
