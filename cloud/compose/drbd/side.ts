import { drbdAddress, type ReplicationEnd } from './config.ts'
import { MADE_BY_VHACS } from './made-by-vhacs.ts'

const NODE = /^\ton (\S{1,255}) \{$/
const ADDRESS = /^\t\taddress .{1,300}:(\d{1,5});$/

/**
 * The text of a file that vhacs has written, where another node takes the place of the one that does not stay: with the same number, because
 * the meta-data of the others have a place for it, and the same port. Undefined for text of another form, which an operator has written.
 */
export function withOtherSide(text: string, stays: readonly string[], end: ReplicationEnd): string | undefined {
  if (!text.startsWith(MADE_BY_VHACS)) return undefined
  const lines = text.split('\n')
  const sides = lines.flatMap((line, index) => {
    const node = NODE.exec(line)?.[1]
    return node === undefined ? [] : [{ node, index }]
  })
  const [gone, ...others] = sides.filter(({ node }) => !stays.includes(node))
  const areThere = stays.every(name => sides.some(({ node }) => node === name))
  if (gone === undefined || others.length > 0 || !areThere) return undefined
  const close = lines.indexOf('\t}', gone.index)
  const place = lines.findIndex((line, index) => index > gone.index && index < close && ADDRESS.test(line))
  if (place < 0) return undefined
  const port = ADDRESS.exec(lines[place] ?? '')?.[1]
  return lines
    .with(gone.index, `\ton ${end.node} {`)
    .with(place, `\t\taddress ${drbdAddress(end.address)}:${port};`)
    .map(line => (line.startsWith('\t\thosts ') ? withHost(line, gone.node, end.node) : line))
    .join('\n')
}

/** Of three sides: the line of the mesh. */
function withHost(line: string, gone: string, node: string): string {
  const names = line.slice('\t\thosts '.length, -1).split(' ')
  return `\t\thosts ${names.map(name => (name === gone ? node : name)).join(' ')};`
}

/** A node that such a file names. */
export interface FileSide {
  readonly node: string
  /** The IP address without brackets; undefined where the file has another form. */
  readonly address: string | undefined
  /** Its number in DRBD 9; undefined in a file for DRBD 8.4. */
  readonly nodeId: number | undefined
}

/** The nodes that such a file names, in its order. */
export function sidesIn(text: string): FileSide[] {
  const lines = text.split('\n')
  return lines.flatMap((line, index) => {
    const node = NODE.exec(line)?.[1]
    if (node === undefined) return []
    const section = lines.slice(index + 1, lines.indexOf('\t}', index))
    const address = section.flatMap(one => PLAIN_ADDRESS.exec(one)?.[1] ?? [])[0]
    const nodeId = section.flatMap(one => NODE_ID.exec(one)?.[1] ?? [])[0]
    return [{ node, address, nodeId: nodeId === undefined ? undefined : Number(nodeId) }]
  })
}

const NODE_ID = /^\t\tnode-id (\d{1,2});$/

const PLAIN_ADDRESS = /^\t\taddress (?:ipv6 )?\[?([0-9a-f.:]{2,45}?)\]?:\d{1,5};$/
