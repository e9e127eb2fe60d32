import { ifPresent, type System } from '../system.ts'
import { ifAlive, processLink } from './processes.ts'

/** The states TCP_LISTEN and TCP_ESTABLISHED in /proc/net/tcp. */
const LISTEN = '0A'
const ESTABLISHED = '01'

const TABLES = ['/proc/net/tcp', '/proc/net/tcp6']

/**
 * The addresses on which this node listens, as `address:port`, an IPv6 address in brackets and in its normal form.
 * Reads /proc/net/tcp and tcp6, which include the kernel's own sockets.
 */
export function listeners(system: System): string[] {
  return TABLES.flatMap(path => parseListeners(ifPresent(() => system.read(path)) ?? ''))
}

export function parseListeners(text: string): string[] {
  return socketsIn(text, LISTEN).map(([local = '']) => local)
}

/** The two ends of a TCP connection, in the form of the listeners. */
export interface Connection {
  readonly local: string
  readonly remote: string
}

/** The established connections of this node; one of the node to itself is listed twice, from either end. */
export function connections(system: System): Connection[] {
  return TABLES.flatMap(path =>
    socketsIn(ifPresent(() => system.read(path)) ?? '', ESTABLISHED).map(([local = '', remote = '']) => ({
      local,
      remote,
    })),
  )
}

/** The ends of the sockets in a state. @see https://docs.kernel.org/networking/proc_net_tcp.html */
function socketsIn(text: string, wanted: string): string[][] {
  return text.split('\n').flatMap(line => {
    const [, local = '', remote = '', state] = line.trim().split(/\s+/)
    const ends = state === wanted ? [local, remote].flatMap(endOf) : []
    return ends.length === 2 ? [ends] : []
  })
}

function endOf(hex: string): string[] {
  const [, address, port] = /^([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})$/.exec(hex) ?? []
  return address && port ? [`${addressOf(address)}:${Number.parseInt(port, 16)}`] : []
}

/** An address is written as 32-bit words in the byte order of the machine, which is little-endian here. */
function addressOf(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap(word => (word.match(/../g) ?? []).reverse())
  if (bytes.length === 4) return bytes.map(byte => Number.parseInt(byte, 16)).join('.')
  const groups = bytes.join('').match(/.{4}/g) ?? []
  return new URL(`http://[${groups.join(':')}]/`).hostname
}

/** Whether two sockets cannot listen at the same time: their addresses are the same, or one is the wildcard address. */
export function portalsConflict(one: string, other: string): boolean {
  const [a, b] = [split(one), split(other)]
  if (a.port !== b.port) return false
  const isWildcard = (address: string) => address === '[::]'
  if (a.address === b.address || isWildcard(a.address) || isWildcard(b.address)) return true
  const isV4 = (address: string) => !address.startsWith('[')
  return isV4(a.address) && isV4(b.address) && [a.address, b.address].includes('0.0.0.0')
}

function split(socket: string): { address: string; port: string } {
  const colon = socket.lastIndexOf(':')
  return { address: socket.slice(0, colon), port: socket.slice(colon + 1) }
}

/** A UNIX socket with a name in the file system. */
export interface UnixSocket {
  /** The link of a file descriptor to it: `socket:[inode]`. */
  readonly link: string
  /** The path that was passed to bind(2). */
  readonly path: string
}

/**
 * The UNIX sockets of all network namespaces of some processes; `homes` are their directories in /proc, such as /proc/PID.
 * Reads net/unix there, which lists the sockets of one namespace.
 */
export function unixSockets(system: System, homes: readonly string[]): UnixSocket[] {
  const texts = new Map<string, string>()
  for (const home of homes) {
    const namespace = processLink(system, `${home}/ns/net`)
    if (namespace === undefined || texts.has(namespace)) continue
    const text = ifAlive(() => system.read(`${home}/net/unix`))
    if (text !== undefined) texts.set(namespace, text)
  }
  return [...texts.values()].flatMap(parseUnixSockets)
}

/** net/unix_seq_show: address of the socket, reference count, protocol, flags, type, state, inode, path. */
const UNIX_LINE = /^[0-9a-f]+: [0-9A-F]{8} [0-9A-F]{8} [0-9A-F]{8} [0-9A-F]{4} [0-9A-F]{2} +(\d+)(?: (.*))?$/s

/**
 * The kernel prints a path unescaped, so its owner may forge lines by means of newlines: a socket that is listed twice is left out.
 * A forged line can still name a socket of another kind, which has no line of its own.
 */
function parseUnixSockets(text: string): UnixSocket[] {
  const lines = text.split('\n').flatMap(line => {
    const [, inode, path = ''] = UNIX_LINE.exec(line) ?? []
    return inode === undefined ? [] : [{ link: `socket:[${inode}]`, path }]
  })
  const listed = Map.groupBy(lines, ({ link }) => link)
  return lines.filter(({ link, path }) => path.startsWith('/') && listed.get(link)?.length === 1)
}

/** The links of file descriptors to the netlink sockets of this protocol, from a text of /proc/net/netlink: `socket:[inode]`. */
export function netlinkSockets(text: string, protocol: number): string[] {
  return text.split('\n').flatMap(line => {
    const fields = line.trim().split(/\s+/)
    return fields[1] === String(protocol) ? [`socket:[${fields.at(-1)}]`] : []
  })
}
