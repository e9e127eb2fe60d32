import { dirname, join } from 'node:path'
import { hasCode, ifPresent, type System } from '../../system.ts'
import { DrbdConfigUnclear, parseDrbdConfig, type Section } from './syntax.ts'

/** The file that drbdadm reads first. */
export const MAIN_FILE = '/etc/drbd.conf'

/** The file that configures a resource, by convention. It is read first, because usually no other file has to be read. */
export const resourceFile = (resource: string) => `/etc/drbd.d/${resource}.res`

/**
 * The sections of a file and of the files that it includes, as drbdadm reads them. Files that were already read are skipped, so an
 * include may match its own file. A file that does not exist has no sections.
 * @throws DrbdConfigError
 */
export function readConfig(system: System, path: string, seen: Set<string> = new Set()): Section[] {
  const place = textAt(() => system.realPath(path)) ?? path
  if (seen.has(place)) return []
  seen.add(place)
  const text = textAt(() => system.read(path))
  if (text === undefined) return []
  return parseDrbdConfig(text, path).flatMap(section => {
    const [name, pattern] = section.words
    if (name !== 'include' || pattern === undefined) return [section]
    return matching(system, dirname(path), pattern).flatMap(included => readConfig(system, included, seen))
  })
}

/** The paths that match a glob(7) pattern; any part of the path may contain wildcards. */
function matching(system: System, from: string, pattern: string): string[] {
  const isAbsolute = pattern.startsWith('/')
  const parts = pattern.split('/').filter(part => part !== '' && part !== '.')
  return parts.reduce(
    (found, part) => found.flatMap(directory => partsIn(system, directory, part)),
    [isAbsolute ? '/' : from],
  )
}

function partsIn(system: System, directory: string, part: string): string[] {
  if (!/[*?[]/.test(part)) return [join(directory, part)]
  const expression = globExpression(part)
  const names = textAt(() => system.list(directory)) ?? []
  return names
    .filter(name => expression.test(name) && (part.startsWith('.') || !name.startsWith('.')))
    .map(name => join(directory, name))
}

/**
 * `*`, `?`, `[abc]`, `[a-c]`, `[!a]`; an unclosed bracket stands for itself.
 * @throws DrbdConfigUnclear for classes such as `[[:digit:]]`, and for ranges that go backwards.
 */
function globExpression(part: string): RegExp {
  const unclear = (cause?: unknown) =>
    new DrbdConfigUnclear(`only drbdadm knows which files the include "${part}" names`, undefined, { cause })
  if (/\[[:.=]/.test(part)) throw unclear()
  const source = part.replace(/\[([!^]?)(\]?[^\]]*)\]|\*+|[\s\S]/g, (text: string, not?: string, set?: string) => {
    if (set !== undefined) return `[${not === '' ? '' : '^'}${set.replace(/[\\\][^]/g, '\\$&')}]`
    if (text.startsWith('*')) return '.*'
    return text === '?' ? '.' : RegExp.escape(text)
  })
  try {
    return new RegExp(`^${source}$`, 'su')
  } catch (error) {
    throw unclear(error)
  }
}

/** Also undefined for a file where a directory is expected, or the reverse: a pattern may match both. */
function textAt<T>(read: () => T): T | undefined {
  try {
    return ifPresent(read)
  } catch (error) {
    if (hasCode(error, 'ENOTDIR', 'EISDIR')) return undefined
    throw error
  }
}
