import { isInNetwork } from '../../../system/addresses.ts'
import { type Connection, connections, listeners } from '../../../system/proc/sockets.ts'
import type { System } from '../../../system/system.ts'
import { ownAddress, portalAddresses } from '../../portal-network.ts'

/** Which initiators are connected to this node. */
export interface Connected {
  /** Any to one of these portals, an initiator of this node included. */
  readonly toPortals: boolean
  /** One of another node to any portal in the same networks. */
  readonly fromElsewhere: boolean
}

/** Reads the node's TCP connections. LIO closes that of an initiator that no longer answers, after 45 s at most. */
export function connectedClients(system: System, portals: readonly string[]): Connected {
  const all = connections(system)
  const pairs = new Set(all.map(({ local, remote }) => `${local} ${remote}`))
  const isRemote = ({ local, remote }: Connection) => !pairs.has(`${remote} ${local}`)
  const isPortal = portalIn(system, portals)
  return {
    toPortals: all.some(({ local }) => portals.includes(local)),
    fromElsewhere: all.some(connection => isPortal(connection.local) && isRemote(connection)),
  }
}

/** Whether something of this node listens at an address of the networks that these portals are in, on the port of one of them. */
function portalIn(system: System, portals: readonly string[]): (local: string) => boolean {
  const addresses = portalAddresses(portals)
  const own = addresses.flatMap(address => ownAddress(system, address, addresses) ?? [])
  const ports = portals.map(portOf)
  const listening = new Set(listeners(system))
  return local => {
    const [address] = portalAddresses([local])
    return (
      listening.has(local) &&
      ports.includes(portOf(local)) &&
      address !== undefined &&
      own.some(network => isInNetwork(address, network))
    )
  }
}

function portOf(socket: string): string {
  return socket.slice(socket.lastIndexOf(':') + 1)
}
