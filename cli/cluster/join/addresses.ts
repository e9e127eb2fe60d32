import { addressOf, isInNetwork } from '../../../system/addresses.ts'
import type { Member } from '../../../system/corosync/conf/corosync-conf.ts'
import { type NetworkAddress, networkLinks } from '../../../system/nodes/addresses.ts'
import { parseJson } from '../../../system/nodes/json.ts'
import { ifReadable } from '../../run/if-readable.ts'
import type { Sections } from '../examine/examination.ts'

/** The global addresses of a node; none where its answer cannot be read, which is a finding of its own. */
export function addressesOn({ sections }: Sections): NetworkAddress[] {
  const links = ifReadable(() => networkLinks(parseJson(sections.get('links') ?? '[]'))) ?? []
  return links.flatMap(({ addresses }) => addresses).filter(({ scope }) => scope === 'global')
}

/** For each of corosync's links, the address of a node in the network of the members' addresses; undefined where it has none. */
export function newcomerAddresses(examined: Sections, members: readonly Member[], links: number) {
  const own = addressesOn(examined)
  return Array.from({ length: links }, (_, link) => {
    const others = members.flatMap(({ addresses }) => addresses[link] ?? [])
    return own.find(address => others.every(other => isNear(address, other)))?.local
  })
}

function isNear({ local, prefixLength }: NetworkAddress, text: string): boolean {
  const [address, other] = [addressOf(local), addressOf(text)]
  return address !== undefined && other !== undefined && isInNetwork(other, { address, prefixLength })
}
