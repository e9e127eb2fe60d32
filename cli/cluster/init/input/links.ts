import { BlockList, isIPv6 } from 'node:net'
import { parseVhacsConf } from '../../../../system/nodes/vhacs-conf.ts'
import { type Examination, linkNamed } from '../../examine/examination.ts'
import type { Finding } from '../../examine/finding.ts'

/** Where a node's side of a link of corosync ends. */
export interface LinkEnd {
  readonly interfaceName: string
  readonly address: string
  readonly prefixLength: number
}

/**
 * A node's ends: that of the heartbeat first, then that of the storage network if it is another interface. Fewer when an
 * interface has no address, which is a finding of its own.
 */
export function linkEnds({ sections }: Pick<Examination, 'sections'>): LinkEnd[] {
  const conf = parseVhacsConf(sections.get('conf') ?? '')
  const names = new Set([conf.heartbeatInterface ?? conf.storageInterface, conf.storageInterface])
  return [...names].flatMap(name => {
    const addresses = linkNamed(sections.get('links'), name)?.addr_info ?? []
    const usable = addresses.filter(({ scope }) => scope === 'global')
    const found = usable.find(({ family }) => family === 'inet') ?? usable[0]
    return found ? [{ interfaceName: name, address: found.local, prefixLength: found.prefixlen }] : []
  })
}

/** What is wrong between the ends of the nodes' links. */
export function linkFindings(ends: ReadonlyMap<string, readonly LinkEnd[]>): Finding[] {
  const counts = new Set([...ends.values()].map(({ length }) => length))
  if (counts.size > 1) {
    const what = `the nodes have different numbers of links: ${[...ends].map(([node, found]) => `${node} ${found.length}`).join(', ')}`
    return [{ severity: 'error', node: null, what, todo: 'set HEARTBEAT_IFNAME and STORAGE_IFNAME on all, or none' }]
  }
  const [count = 0] = counts
  const links = Array.from({ length: count }, (_, index) => {
    return [...ends].flatMap(([node, found]) => (found[index] ? [{ node, ...found[index] }] : []))
  })
  return [...links.flatMap(betweenNodes), ...(links.length === 1 && ends.size > 1 ? [ALONE] : []), ...sameNetwork(ends)]
}

const ALONE: Finding = {
  severity: 'warning',
  node: null,
  what: 'there is one link between the nodes: when that network fails, nodes are fenced',
  todo: 'let HEARTBEAT_IFNAME and STORAGE_IFNAME in /etc/vhacs.conf be two networks',
}

function betweenNodes(link: readonly (LinkEnd & { readonly node: string })[]): Finding[] {
  const [first, ...others] = link
  if (first === undefined) return []
  const list = link.map(({ node, address }) => `${node} ${address}`).join(', ')
  const todo = 'correct the interfaces in /etc/vhacs.conf, or their addresses'
  if (new Set(link.map(({ address }) => address)).size < link.length)
    return [{ severity: 'error', node: null, what: `nodes have the same address on a link: ${list}`, todo }]
  if (others.some(({ address }) => isIPv6(address) !== isIPv6(first.address)))
    return [{ severity: 'error', node: null, what: `a link is IPv4 on one node and IPv6 on another: ${list}`, todo }]
  if (others.some(other => !isInNetwork(first, other.address)))
    return [{ severity: 'warning', node: null, what: `a link's ends are in different networks: ${list}`, todo }]
  return []
}

function sameNetwork(ends: ReadonlyMap<string, readonly LinkEnd[]>): Finding[] {
  return [...ends].flatMap(([node, [first, second]]): Finding[] => {
    if (!first || !second || !isInNetwork(first, second.address)) return []
    const what = `${first.interfaceName} and ${second.interfaceName} are in one network: what breaks it cuts both links`
    return [{ severity: 'warning', node, what, todo: 'give them networks of their own' }]
  })
}

function isInNetwork({ address, prefixLength }: LinkEnd, other: string): boolean {
  const family = (text: string) => (isIPv6(text) ? 'ipv6' : 'ipv4')
  const network = new BlockList()
  network.addSubnet(address, prefixLength, family(address))
  return network.check(other, family(other))
}
