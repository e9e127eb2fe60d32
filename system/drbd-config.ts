import { dirname } from 'node:path'
import { namesIn } from './files.ts'
import { ifPresent, type System } from './system.ts'

/** A statement (`device /dev/drbd0;`) or a section (`resource c0 { … }`) of a DRBD configuration. */
export interface Section {
  readonly words: readonly string[]
  readonly children: readonly Section[]
}

/** A configuration that is not in DRBD's form. */
export class DrbdConfigError extends Error {
  constructor(message: string) {
    super(`DRBD configuration: ${message}`)
    this.name = 'DrbdConfigError'
  }
}

/** Where a resource of ours, and by custom anybody's, is configured; read first because one file is enough. */
const resourceFile = (resource: string) => `/etc/drbd.d/${resource}.res`

/**
 * Minor numbers of a resource's volumes on this node; undefined when it is not configured.
 * Reads the configuration files as drbdadm does, so that a monitor needs no process for them.
 * @see drbd.conf(5), "device"
 */
export function configuredMinors(system: System, resource: string): number[] | undefined {
  const host = system.read('/proc/sys/kernel/hostname').trim()
  for (const path of [resourceFile(resource), '/etc/drbd.conf']) {
    const found = readConfig(system, path).find(({ words }) => words[0] === 'resource' && words[1] === resource)
    if (found) return minorsOf(found, host)
  }
  return undefined
}

function readConfig(system: System, path: string, within: readonly string[] = []): Section[] {
  if (within.includes(path)) throw new DrbdConfigError(`${path} includes itself`)
  const text = ifPresent(() => system.read(path))
  if (text === undefined) return []
  return parseDrbdConfig(text).flatMap(section =>
    section.words[0] === 'include' && section.words[1] !== undefined
      ? matching(system, dirname(path), section.words[1]).flatMap(included =>
          readConfig(system, included, [...within, path]),
        )
      : [section],
  )
}

/** Paths that match an include pattern; `*` stands in the last part only, as in every configuration seen. */
function matching(system: System, from: string, pattern: string): string[] {
  const path = pattern.startsWith('/') ? pattern : `${from}/${pattern}`
  const [name = ''] = path.split('/').slice(-1)
  if (!name.includes('*')) return [path]
  const expression = new RegExp(`^${name.split('*').map(RegExp.escape).join('.*')}$`)
  return namesIn(system, dirname(path))
    .filter(entry => expression.test(entry) && !entry.startsWith('.'))
    .map(entry => `${dirname(path)}/${entry}`)
}

function minorsOf(resource: Section, host: string): number[] {
  const visible = (section: Section): Section[] =>
    section.words[0] === 'on' && !section.words.includes(host)
      ? []
      : [section, ...section.children.flatMap(child => visible(child))]
  const minors = visible(resource).flatMap(({ words, children }) =>
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

/** @throws DrbdConfigError for braces or quotes that do not match. */
export function parseDrbdConfig(text: string): Section[] {
  const tokens = tokensOf(text)
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
    else throw new DrbdConfigError('a "}" without its "{"')
  }
  if (open.length > 1) throw new DrbdConfigError(`"${open.at(-1)?.words.join(' ')} {" is never closed`)
  return top
}

interface Token {
  readonly kind: 'word' | 'mark'
  readonly text: string
}

function tokensOf(text: string): Token[] {
  const pattern = /#[^\n]*|"((?:[^"\\]|\\.)*)"|([{};])|([^\s{};"#]+)|\s+|(.)/gs
  return [...text.matchAll(pattern)].flatMap<Token>(([, quoted, mark, word, stray]) => {
    if (quoted !== undefined) return [{ kind: 'word', text: quoted }]
    if (mark !== undefined) return [{ kind: 'mark', text: mark }]
    if (word !== undefined) return [{ kind: 'word', text: word }]
    if (stray !== undefined) throw new DrbdConfigError(`unexpected ${stray}`)
    return []
  })
}
