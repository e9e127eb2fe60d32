import { tryOptional } from '../ocf/progress.ts'
import { type Address, addressOf, type InterfaceAddress, isInNetwork } from '../system/addresses.ts'
import { readLine } from '../system/files.ts'
import { interfacesTo } from '../system/proc/routes.ts'
import type { System } from '../system/system.ts'

/* The network between target and initiator, as each of them sees its own end of it. */

/** The addresses of portals like `10.77.1.100:3260`. */
export function portalAddresses(portals: readonly string[]): Address[] {
  return portals.flatMap(portal => addressOf(portal.slice(0, portal.lastIndexOf(':')).replace(/[[\]]/g, '')) ?? [])
}

/**
 * The address of this node in the network of a portal, on an interface that is up and has carrier; addresses of `portals` do not
 * count: they come and go with a target. Undefined if there is none.
 */
export function ownAddress(system: System, portal: Address, portals: readonly Address[]): InterfaceAddress | undefined {
  const isPortal = ({ number }: Address) => portals.some(other => other.number === number)
  const near = interfacesTo(system, portal)
  return system.interfaceAddresses().find(
    own =>
      isInNetwork(portal, own) &&
      !isPortal(own.address) &&
      // another interface may have a larger network around this one
      (near.length === 0 || near.includes(own.interfaceName)),
  )
}

/** Why this node cannot reach the network of a portal. */
export interface NetworkFault {
  /** The interface in that network, if it is up and has no carrier. */
  readonly deadInterface: string | undefined
  readonly text: string
}

/**
 * What is wrong with the network of a portal; undefined if an interface that is up and has carrier has an address in it, other than
 * those of `portals`.
 */
export function networkFault(system: System, portal: Address, portals: readonly Address[]): NetworkFault | undefined {
  if (ownAddress(system, portal, portals) !== undefined) return undefined
  const near = interfacesTo(system, portal)
  const deadInterface = near.find(name => tryOptional(() => readLine(system, `/sys/class/net/${name}/carrier`)) === '0')
  const text =
    deadInterface === undefined
      ? 'no interface with carrier has an address in its network: check "ip address"'
      : `${deadInterface} has no carrier: check its cable and the switch`
  return { deadInterface, text }
}
