import { ADDRESS_BITS, addressOf, addressText, type InterfaceAddress } from '../../addresses.ts'

/*
 * A storage node's own addresses in the networks of portals: an attribute of the node, by which vhosts find out whether they reach
 * it while it exports nothing.
 */

/** The name of the attribute. */
export const PORTAL_ADDRESSES = 'vhacs-portal-addresses'

type Prefixed = Omit<InterfaceAddress, 'interfaceName'>

/** Like 10.77.1.1/24. */
export function prefixedAddressText({ address, prefixLength }: Prefixed): string {
  return `${addressText(address)}/${prefixLength}`
}

/** The addresses in a value of the attribute, which separates them by blanks; what is no address is left out. */
export function parsePortalAddresses(text: string): Prefixed[] {
  return text.split(' ').flatMap(word => {
    const [, host = '', length = ''] = /^([\da-f.:]+)\/(\d{1,3})$/.exec(word) ?? []
    const address = addressOf(host)
    const prefixLength = Number(length)
    const isValid = address !== undefined && prefixLength <= ADDRESS_BITS[address.family]
    return isValid ? [{ address, prefixLength }] : []
  })
}
