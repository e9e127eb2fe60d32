import { tryOptional } from '../../../ocf/progress.ts'
import { addressText } from '../../../system/addresses.ts'
import { sessions } from '../../../system/iscsi/sessions.ts'
import { interfacesTo } from '../../../system/proc/routes.ts'
import type { System } from '../../../system/system.ts'
import { networkFault, portalAddresses } from '../../portal-network.ts'

/** Which clients can reach the portals through a node: all, none, or only those on the node itself. */
export type Reach = { readonly by: 'all' } | { readonly by: 'none' | 'self'; readonly why: string }

const ALL = { by: 'all' } as const

/**
 * Whether clients can reach one of the portals through this node; all, if that cannot be read or depends on no address. They can
 * when an interface that is up and has carrier has an address in its network, other than the portals' own: without one, IPaddr2
 * cannot start there, either. A client on this node needs no network: it reaches the portals here, and only here.
 */
export function clientReach(system: System, portals: readonly string[], isPrimary: boolean): Reach {
  const addresses = portalAddresses(portals)
  const [first] = addresses
  if (first === undefined || addresses.some(({ number }) => number === 0n)) return ALL
  const reach = tryOptional((): Reach => {
    const faults = addresses.map(address => networkFault(system, address, addresses)?.text)
    if (faults.includes(undefined)) return ALL
    const where = `reach ${addressText(first)} here because ${faults[0]}`
    return hasLocalClient(system, portals, isPrimary)
      ? { by: 'self', why: `only this node itself can ${where}` }
      : { by: 'none', why: `clients cannot ${where}` }
  })
  return reach ?? ALL
}

/**
 * Whether an initiator of this node has a session with one of the portals, and they are here, or could start here: IPaddr2 needs an
 * interface in the network of an IPv4 address, but none with carrier. An IPv6 address stays tentative without carrier.
 */
function hasLocalClient(system: System, portals: readonly string[], isPrimary: boolean): boolean {
  return sessions(system).some(({ portal }) => {
    if (!portals.includes(portal)) return false
    const [address] = portalAddresses([portal])
    return isPrimary || (address?.family === 4 && interfacesTo(system, address).length > 0)
  })
}
