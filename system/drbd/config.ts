import { dirname } from 'node:path'
import { listNames } from '../files.ts'
import { hostName } from '../host-name.ts'
import { ifPresent, type System } from '../system.ts'

/** A statement (`device /dev/drbd0;`) or a section (`resource c0 { … }`) of a DRBD configuration. */
export interface Section {
  readonly words: readonly string[]
  readonly children: readonly Section[]
}

/** A configuration that DRBD's syntax does not allow. */
export class DrbdConfigError extends Error {
  constructor(message: string, path?: string) {
    super(`DRBD configuration${path === undefined ? '' : ` ${path}`}: ${message}`)
    this.name = 'DrbdConfigError'
  }
}

const MAIN_FILE = '/etc/drbd.conf'

/** The file that configures a resource, by convention. It is read first: usually no other file has to be read. */
export const resourceFile = (resource: string) => `/etc/drbd.d/${resource}.res`

/**
 * Minor numbers of a resource's volumes on this node; undefined when it is not configured.
 * Reads the configuration files as drbdadm does, so that a monitor needs no process for them.
 * @see drbd.conf(5), "device"
 */
export function configuredMinors(system: System, resource: string): number[] | undefined {
  const found = configurationOf(system, resource)
  return found && minorsOf(found, hostName(system))
}

/** Minor numbers of all volumes that are configured on this node. */
export function allConfiguredMinors(system: System): number[] {
  const host = hostName(system)
  return readConfig(system, MAIN_FILE)
    .filter(({ words }) => words[0] === 'resource')
    .flatMap(resource => minorsOf(resource, host))
}

/**
 * Where DRBD of this node listens for the peers of a resource, as `address:port`.
 * @see drbd.conf(5), "address"
 */
export function configuredAddresses(system: System, resource: string): string[] {
  const found = configurationOf(system, resource)
  return found ? addressesIn([found], hostName(system)) : []
}

/** The same for a node, in a parsed configuration. */
export function addressesIn(configuration: readonly Section[], host: string): string[] {
  const sections = configuration.flatMap(section => visibleOn(section, host))
  return sections.flatMap(({ words, children }) => {
    const address = words[0] === 'address' && children.length === 0 ? words.at(-1) : undefined
    return address === undefined ? [] : [address]
  })
}

/**
 * The options of the resource and of the common section, such as `after-sb-0pri discard-zero-changes`, by which DRBD would
 * resolve a split brain automatically.
 * @see drbd.conf(5), "Automatic split brain recovery"
 */
export function resolvingPolicies(system: System, resource: string): string[] {
  const common = readConfig(system, MAIN_FILE).filter(({ words }) => words[0] === 'common')
  const sections = [configurationOf(system, resource), ...common].filter(section => section !== undefined)
  const nets = sections.flatMap(({ children }) => children).filter(({ words }) => words[0] === 'net')
  const isResolving = ({ words: [option = '', value] }: Section) =>
    option.startsWith('after-sb-') && value !== 'disconnect'
  return nets.flatMap(({ children }) => children.filter(isResolving).map(({ words }) => words.join(' ')))
}

function configurationOf(system: System, resource: string): Section | undefined {
  for (const path of [resourceFile(resource), MAIN_FILE]) {
    const found = readConfig(system, path).find(({ words }) => words[0] === 'resource' && words[1] === resource)
    if (found) return found
  }
  return undefined
}

function readConfig(system: System, path: string, within: readonly string[] = []): Section[] {
  if (within.includes(path)) throw new DrbdConfigError('it includes itself', path)
  const text = ifPresent(() => system.read(path))
  if (text === undefined) return []
  return parseDrbdConfig(text, path).flatMap(section =>
    section.words[0] === 'include' && section.words[1] !== undefined
      ? matching(system, dirname(path), section.words[1]).flatMap(included =>
          readConfig(system, included, [...within, path]),
        )
      : [section],
  )
}

/** Paths that match an include pattern. Only a `*` in the last part is supported, which is all that is used in practice. */
function matching(system: System, from: string, pattern: string): string[] {
  const path = pattern.startsWith('/') ? pattern : `${from}/${pattern}`
  const [name = ''] = path.split('/').slice(-1)
  if (!name.includes('*')) return [path]
  const expression = new RegExp(`^${name.split('*').map(RegExp.escape).join('.*')}$`)
  return listNames(system, dirname(path))
    .filter(entry => expression.test(entry) && !entry.startsWith('.'))
    .map(entry => `${dirname(path)}/${entry}`)
}

/** A section and all sections and statements below it, except those of other nodes. */
export function visibleOn(section: Section, host: string): Section[] {
  if (section.words[0] === 'on' && !section.words.includes(host)) return []
  return [section, ...section.children.flatMap(child => visibleOn(child, host))]
}

/**
 * Minor numbers of a resource's volumes on a node.
 * @throws DrbdConfigError for a device without one.
 */
export function minorsOf(resource: Section, host: string): number[] {
  const minors = visibleOn(resource, host).flatMap(({ words, children }) =>
    words[0] === 'device' && children.length === 0 ? [minorOf(words)] : [],
  )
  return [...new Set(minors)]
}

/** `device /dev/drbd0`, `device minor 0` or `device /dev/drbd_c0 minor 0`. */
function minorOf(words: readonly string[]): number {
  const text = words.at(-2) === 'minor' ? words.at(-1) : words[1]?.replace(/^(\/dev\/)?drbd/, '')
  if (text === undefined || !/^\d+$/.test(text)) throw new DrbdConfigError(`no minor in "${words.join(' ')}"`)
  return Number(text)
}

/** @throws DrbdConfigError for unbalanced braces or quotes. */
export function parseDrbdConfig(text: string, path?: string): Section[] {
  const tokens = tokensOf(text, path)
  const top: Section[] = []
  const open: { words: string[]; children: Section[] }[] = [{ words: [], children: top }]
  let words: string[] = []
  for (const token of tokens) {
    if (token.kind === 'word') words.push(token.text)
    else if (token.text === ';') {
      open.at(-1)?.children.push({ words, children: [] })
      words = []
    } else if (token.text === '{') {
      const section = { words, children: [] }
      open.at(-1)?.children.push(section)
      open.push(section)
      words = []
    } else if (open.length > 1) open.pop()
    else throw new DrbdConfigError('a "}" without its "{"', path)
  }
  if (open.length > 1) throw new DrbdConfigError(`"${open.at(-1)?.words.join(' ')} {" is never closed`, path)
  return top
}

interface Token {
  readonly kind: 'word' | 'mark'
  readonly text: string
}

function tokensOf(text: string, path: string | undefined): Token[] {
  const pattern = /#[^\n]*|"((?:[^"\\]|\\.)*)"|([{};])|([^\s{};"#]+)|\s+|(.)/gs
  return [...text.matchAll(pattern)].flatMap<Token>(([, quoted, mark, word, stray]) => {
    if (quoted !== undefined) return [{ kind: 'word', text: quoted }]
    if (mark !== undefined) return [{ kind: 'mark', text: mark }]
    if (word !== undefined) return [{ kind: 'word', text: word }]
    if (stray !== undefined) throw new DrbdConfigError(`unexpected ${stray}`, path)
    return []
  })
}
