import { addressOf } from '../../addresses.ts'
import { isNodeName } from '../../host-name.ts'
import type { Member } from './corosync-conf.ts'
import { keyOf, parseConf, printConf, type Section, sectionsIn, settingIn } from './syntax.ts'

/*
 * The list of nodes in a corosync.conf: what it says, and the same file with a node more or less. Nothing else in the file changes,
 * except the settings that must fit the number of nodes: those for two of them, and a number of votes, which corosync counts by itself.
 */

/** What a corosync.conf says about the nodes. */
export interface Membership {
  readonly members: readonly Member[]
  /** Of all nodes: the number of their addresses. */
  readonly links: number
  /** Something besides the list of nodes decides about quorum, such as a quorum device. */
  readonly quorumBy: 'device' | 'expected_votes' | undefined
}

/** @throws RangeError for a file that vhacs cannot extend, with the reason. */
export function membershipIn(text: string): Membership {
  const root = parseConf(text)
  namesIn(root)
  const members = nodesIn(root).map(memberOf)
  if (new Set(members.map(({ id }) => id)).size < members.length) throw new RangeError('two nodes have the same nodeid')
  const [links = 0, ...others] = new Set(members.map(({ addresses }) => addresses.length))
  if (others.length > 0) throw new RangeError('the nodes have different numbers of addresses')
  const quorum = sectionsIn(root, 'quorum')
  const hasDevice = quorum.some(section => sectionsIn(section, 'device').length > 0)
  const hasVotes = quorum.some(section => settingIn(section, 'expected_votes') !== undefined)
  return { members, links, quorumBy: hasDevice ? 'device' : hasVotes ? 'expected_votes' : undefined }
}

/** @throws RangeError for a file in which a node cannot be found by its name, with the reason. */
export function nodeNamesIn(text: string): string[] {
  return namesIn(parseConf(text))
}

function namesIn(root: Section): string[] {
  const names = nodesIn(root).map(node => settingIn(node, 'name') ?? '')
  if (names.length === 0) throw new RangeError('it has no list of nodes')
  if (names.includes('')) throw new RangeError('a node has no name')
  if (!names.every(isNodeName)) throw new RangeError('a node has a name that no host can have')
  if (new Set(names).size < names.length) throw new RangeError('two nodes have the same name')
  return names
}

function nodesIn(root: Section): Section[] {
  return sectionsIn(root, 'nodelist').flatMap(list => sectionsIn(list, 'node'))
}

/** The same file with one node more; the file itself if it has that node. */
export function withMember(text: string, member: Member): string {
  const { members } = membershipIn(text)
  if (members.some(({ name }) => name === member.name)) return text
  const root = parseConf(text)
  const [list] = sectionsIn(root, 'nodelist')
  const [like] = list === undefined ? [] : sectionsIn(list, 'node').slice(-1)
  if (list === undefined || like === undefined) throw new RangeError('it has no list of nodes')
  const position = list.lines.lastIndexOf(like) + 1
  const lines = [...list.lines.slice(0, position), memberSection(member, like), ...list.lines.slice(position)]
  return printConf(withQuorumFor(replaced(root, list, { ...list, lines }), members.length + 1))
}

/**
 * The same file without that node; the file itself if it does not have it.
 * @throws RangeError for a file in which it cannot be found, or has no other.
 */
export function withoutMember(text: string, name: string): string {
  const root = parseConf(text)
  const names = namesIn(root)
  const remaining = names.filter(other => other !== name)
  if (remaining.length === names.length) return text
  if (remaining.length === 0) throw new RangeError(`${name} is its only node`)
  const isGone = (line: string | Section) =>
    typeof line !== 'string' && line.name === 'node' && settingIn(line, 'name') === name
  const without = sectionsIn(root, 'nodelist').reduce(
    (conf, list) => replaced(conf, list, { ...list, lines: list.lines.filter(line => !isGone(line)) }),
    root,
  )
  return printConf(withQuorumFor(without, remaining.length))
}

function memberOf(node: Section): Member {
  const name = settingIn(node, 'name') ?? ''
  const id = settingIn(node, 'nodeid') ?? ''
  if (!/^[1-9]\d{0,8}$/.test(id)) throw new RangeError(`${name} has no nodeid`)
  const keys = node.lines.flatMap(line => (typeof line === 'string' ? (keyOf(line) ?? []) : []))
  const count = new Set(keys.filter(key => /^ring\d_addr$/.test(key))).size
  const addresses = Array.from({ length: count }, (_, link) => settingIn(node, `ring${link}_addr`) ?? '')
  if (addresses.length === 0 || addresses.some(address => addressOf(address) === undefined))
    throw new RangeError(`the addresses of ${name} are not ring0_addr, ring1_addr …, each with an IP address`)
  return { name, id: Number(id), addresses }
}

/** Written as the node beside it. */
function memberSection({ name, id, addresses }: Member, { lines, braces }: Section): Section {
  const outer = indentOf(braces?.[0])
  const inner = indentOf(lines.find(line => typeof line === 'string' && line.trim() !== '')) || `${outer}\t`
  const settings = [
    `nodeid: ${id}`,
    `name: ${name}`,
    ...addresses.map((address, link) => `ring${link}_addr: ${address}`),
  ]
  return { name: 'node', lines: settings.map(line => inner + line), braces: [`${outer}node {`, `${outer}}`] }
}

/**
 * Two nodes need settings of their own (corosync-conf.ts); corosync reads `two_node` at each reload, `wait_for_all` when it starts. With
 * a quorum device or a tie breaker, two nodes are as many others.
 */
function withQuorumFor(root: Section, count: number): Section {
  const [quorum, ...more] = sectionsIn(root, 'quorum')
  if (quorum === undefined) return root
  if (more.length > 0) throw new RangeError('it has several sections quorum')
  const isDecided =
    sectionsIn(quorum, 'device').length > 0 || !['0', undefined].includes(settingIn(quorum, 'auto_tie_breaker'))
  const hadTwo = settingIn(quorum, 'two_node') === '1'
  const isTwo = count === 2 && !isDecided
  const without = [
    'expected_votes',
    ...(hadTwo === isTwo ? [] : ['two_node']),
    ...(hadTwo && !isTwo && settingIn(quorum, 'wait_for_all') === '1' ? ['wait_for_all'] : []),
  ]
  const lines = quorum.lines.filter(line => typeof line !== 'string' || !without.includes(keyOf(line) ?? ''))
  const waits = settingIn(quorum, 'wait_for_all') === undefined ? ['wait_for_all: 1'] : []
  const indent = indentOf(quorum.lines.find(line => typeof line === 'string' && line.trim() !== '')) || '\t'
  const added = isTwo && !hadTwo ? ['two_node: 1', ...waits].map(line => indent + line) : []
  return replaced(root, quorum, { ...quorum, lines: [...lines, ...added] })
}

function replaced(root: Section, old: Section, section: Section): Section {
  return { ...root, lines: root.lines.map(line => (line === old ? section : line)) }
}

function indentOf(line: string | Section | undefined): string {
  return typeof line === 'string' ? line.slice(0, line.length - line.trimStart().length) : ''
}
