export const COROSYNC_CONF = '/etc/corosync/corosync.conf'

/** A node in corosync's list of nodes. */
export interface Member {
  readonly name: string
  readonly id: number
  /** One per link. */
  readonly addresses: readonly string[]
}

/** Milliseconds without a token after which a node counts as lost: a short pause of a busy node must not get it fenced. */
const TOKEN_MILLISECONDS = 5000

/** The text of corosync.conf(5), the same on all nodes. */
export function corosyncConf(clusterName: string, members: readonly Member[]): string {
  return [
    '# Written by vhacs cluster --init.',
    ...block('totem', [
      'version: 2',
      `cluster_name: ${clusterName}`,
      'transport: knet',
      `token: ${TOKEN_MILLISECONDS}`,
      'crypto_cipher: aes256',
      'crypto_hash: sha256',
    ]),
    ...block('nodelist', members.flatMap(memberBlock)),
    ...block('quorum', ['provider: corosync_votequorum', ...(members.length === 2 ? TWO_NODES : [])]),
    ...block('logging', ['to_syslog: yes', 'to_stderr: no', 'timestamp: on']),
    '',
  ].join('\n')
}

/** The survivor of two keeps quorum, and fences the other; a node that starts alone waits for the other. @see votequorum(5) */
const TWO_NODES = ['two_node: 1', 'wait_for_all: 1']

/**
 * The text without that node; all other settings and comments stay, except those that depend on whether two nodes are left, and a number
 * of votes, which corosync counts by itself.
 * @throws RangeError when the node is not in the list of nodes, or the quorum section cannot be found.
 */
export function withoutMember(text: string, name: string): string {
  const { nodes } = parseCorosyncConf(text)
  const isItsBlock = (block: string) => parseCorosyncConf(block).nodes[0]?.name === name
  const blocks = [...text.matchAll(COMMENT_OR_NODE)].filter(([block]) => !block.startsWith('#') && isItsBlock(block))
  const [found, ...more] = blocks
  if (found === undefined || more.length > 0)
    throw new RangeError(`${COROSYNC_CONF} has ${blocks.length} entries of the node ${name}: correct it by hand`)
  const line = text.lastIndexOf('\n', found.index) + 1
  const isFirst = text.slice(line, found.index).trim() === ''
  const before = text.slice(0, isFirst ? line : found.index)
  const rest = before + text.slice(found.index + found[0].length).replace(/^[^\S\n]*\n/, '')
  return withQuorumFor(nodes.length - 1, rest)
}

/** A comment may contain what looks like a block. */
const COMMENT_OR_NODE = /#[^\n]*|\bnode\s*\{[^{}]*\}/g
const COMMENT_OR_QUORUM = /#[^\n]*|\bquorum\s*\{[^{}]*\}/g
const DEPENDENT = /^[^\S\n]*(two_node|wait_for_all|expected_votes):[^\n]*\n/gm

function withQuorumFor(count: number, text: string): string {
  const [found, ...more] = [...text.matchAll(COMMENT_OR_QUORUM)].filter(([block]) => !block.startsWith('#'))
  if (found === undefined || more.length > 0)
    throw new RangeError(`${COROSYNC_CONF} does not have one quorum section: correct it by hand`)
  const [block] = found
  const isPair = /^[^\S\n]*two_node:[^\S\n]*1\b/m.test(block)
  const kept = block.replace(DEPENDENT, (line, key: string) =>
    key === 'wait_for_all' && !isPair && count !== 2 ? line : '',
  )
  const settings = count === 2 ? TWO_NODES.map(line => `\t${line}\n`).join('') : ''
  const changed = `${kept.slice(0, -1)}${settings}}`
  return text.slice(0, found.index) + changed + text.slice(found.index + block.length)
}

function memberBlock({ name, id, addresses }: Member): string[] {
  const rings = addresses.map((address, link) => `ring${link}_addr: ${address}`)
  return block('node', [`nodeid: ${id}`, `name: ${name}`, ...rings])
}

function block(name: string, lines: readonly string[]): string[] {
  return [`${name} {`, ...lines.map(line => `\t${line}`), '}']
}

/** A block of the list of nodes. */
const NODE = /\bnode\s*\{([^{}]*)\}/g

/** The cluster that a corosync.conf defines. */
export interface ConfiguredCluster {
  readonly clusterName: string
  /** Empty when it has no list of nodes. */
  readonly nodes: readonly { readonly name: string; readonly address: string }[]
}

export function parseCorosyncConf(text: string): ConfiguredCluster {
  const settings = text.replace(/^[^\S\n]*#.*$/gm, '')
  const blocks = [...settings.matchAll(NODE)].map(([, inner = '']) => inner)
  return {
    clusterName: valueIn(settings, 'cluster_name'),
    nodes: blocks.map(inner => ({ name: valueIn(inner, 'name'), address: valueIn(inner, 'ring0_addr') })),
  }
}

function valueIn(text: string, key: string): string {
  return new RegExp(`^[^\\S\\n]*${key}:[^\\S\\n]*(\\S+)`, 'm').exec(text)?.[1] ?? ''
}
