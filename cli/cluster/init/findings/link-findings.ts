import { BlockList, isIPv6 } from 'node:net'
import { error, type Finding, warning } from '../../examine/finding.ts'
import type { LinkEnd } from '../input/links.ts'

/** By node. */
type Ends = ReadonlyMap<string, readonly LinkEnd[]>
type NodeEnd = LinkEnd & { readonly node: string }

/** Findings about the links between the nodes. */
export function linkFindings(ends: Ends): Finding[] {
  const counts = new Set([...ends.values()].map(({ length }) => length))
  if (counts.size > 1) {
    const list = [...ends].map(([node, found]) => `${node} ${found.length}`).join(', ')
    const todo = 'set HEARTBEAT_IFNAME and STORAGE_IFNAME on all nodes, or on none'
    return [error(`the nodes have different numbers of links: ${list}`, todo)]
  }
  const [count = 0] = counts
  const links = Array.from({ length: count }, (_, index) =>
    [...ends].flatMap(([node, found]) => (found[index] ? [{ node, ...found[index] }] : [])),
  )
  const isSingle = count === 1 && ends.size > 1
  return [...links.flatMap(betweenNodes), ...(isSingle ? [SINGLE_LINK] : []), ...sameNetwork(ends)]
}

const SINGLE_LINK = warning(
  'the nodes have only one link: if that network fails, nodes are fenced',
  'set HEARTBEAT_IFNAME and STORAGE_IFNAME in /etc/vhacs.conf to interfaces on two networks',
)

function betweenNodes(link: readonly NodeEnd[]): Finding[] {
  const [first, ...others] = link
  if (first === undefined) return []
  const list = link.map(({ node, address }) => `${node} ${address}`).join(', ')
  const todo = 'correct the interfaces in /etc/vhacs.conf, or their addresses'
  if (new Set(link.map(({ address }) => address)).size < link.length)
    return [error(`nodes have the same address on a link: ${list}`, todo)]
  if (others.some(({ address }) => isIPv6(address) !== isIPv6(first.address)))
    return [error(`a link is IPv4 on one node and IPv6 on another: ${list}`, todo)]
  if (others.some(other => !isInNetwork(first, other.address)))
    return [warning(`the ends of a link are on different networks: ${list}`, todo)]
  return []
}

function sameNetwork(ends: Ends): Finding[] {
  return [...ends].flatMap(([node, [first, second]]) => {
    if (!first || !second || !isInNetwork(first, second.address)) return []
    const names = `${first.interfaceName} and ${second.interfaceName}`
    const todo = 'connect them to different networks'
    return [warning(`${names} are on the same network: if it fails, both links are down`, todo, node)]
  })
}

function isInNetwork({ address, prefixLength }: LinkEnd, other: string): boolean {
  const family = (text: string) => (isIPv6(text) ? 'ipv6' : 'ipv4')
  const network = new BlockList()
  network.addSubnet(address, prefixLength, family(address))
  return network.check(other, family(other))
}
