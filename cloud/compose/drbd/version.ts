import { type DrbdMajor, ONLY_IN } from './config.ts'
import { DRBD_HANDLERS } from './handlers.ts'
import { MADE_BY_VHACS } from './made-by-vhacs.ts'

/**
 * The text of a file that vhacs has written for one major version of DRBD, as the other one needs it: the same resource, with the
 * same addresses, secret and handlers. For DRBD 9, `nodeIds` has the number of each node. Undefined for text of another form, which an
 * operator has written, or with DRBD's own handlers, which each suit one version only.
 */
export function withMajor(text: string, major: DrbdMajor, nodeIds: ReadonlyMap<string, number>): string | undefined {
  const hasOwnHandlers = Object.entries(DRBD_HANDLERS).every(([event, path]) =>
    text.includes(`\t\t${event} "${path}";\n`),
  )
  if (!text.startsWith(MADE_BY_VHACS) || !hasOwnHandlers) return undefined
  return major === 9 ? forNine(text, nodeIds) : forEight(text)
}

const { options: OPTIONS, net: FENCING } = ONLY_IN[9]
const META_DISK = '\tmeta-disk internal;\n'
const NODE = /^\ton (\S{1,255}) \{\n/gm

function forNine(text: string, nodeIds: ReadonlyMap<string, number>): string | undefined {
  const moved = moveFencing(text, 'disk', 'net')
  const nodes = [...text.matchAll(NODE)].map(([, node = '']) => node)
  if (moved === undefined || !moved.includes(META_DISK) || !nodes.every(node => nodeIds.has(node))) return undefined
  return moved
    .replace(META_DISK, `${META_DISK}${OPTIONS}`)
    .replace(NODE, (line, node: string) => `${line}${ONLY_IN[9].nodeId(nodeIds.get(node) ?? 0)}`)
}

/** DRBD 8.4 has two nodes. */
function forEight(text: string): string | undefined {
  const moved = moveFencing(text, 'net', 'disk')
  const isOfTwo = [...text.matchAll(NODE)].length === 2
  if (moved === undefined || !moved.includes(OPTIONS) || !isOfTwo) return undefined
  return moved.replace(OPTIONS, '').replace(/^\t\tnode-id \d{1,2};\n/gm, '')
}

/** Moves the policy to the section that the other version has it in, where the composer writes it. */
function moveFencing(text: string, from: 'disk' | 'net', to: 'disk' | 'net'): string | undefined {
  if (text.split(FENCING).length !== 2 || !sectionOf(text, from)?.includes(FENCING)) return undefined
  const without = text.replace(FENCING, '')
  const section = sectionOf(without, to)
  if (section === undefined) return undefined
  const place = section.search(/^\t\t(?:cram-hmac-alg|verify-alg) /m)
  const at = place < 0 ? section.length : place
  return without.replace(section, () => `${section.slice(0, at)}${FENCING}${section.slice(at)}`)
}

/** The head and the statements of a section of the resource; undefined unless there is exactly one. */
function sectionOf(text: string, name: string): string | undefined {
  const parts = text.split(`\n\t${name} {\n`)
  const end = parts[1]?.indexOf('\t}\n') ?? -1
  return parts.length !== 2 || end < 0 ? undefined : `\n\t${name} {\n${parts[1]?.slice(0, end)}`
}
