/*
 * The syntax of corosync.conf(5): sections in braces, and lines `key: value`. A text is read line by line, as corosync reads it, and
 * printed again as it was, so that whatever an administrator has written stays.
 */

/** A section of the file; the file itself is one without a name. */
export interface Section {
  readonly name: string
  /** Settings, comments and empty lines as they were written, and sections. */
  readonly lines: readonly (string | Section)[]
  /** The lines with its braces; none of the file itself. */
  readonly braces: readonly [opening: string, closing: string] | undefined
}

/** @throws RangeError for a text that corosync would refuse, with the number of the line. */
export function parseConf(text: string): Section {
  const lines = text.split('\n')
  const { section, end } = readSection(lines, { start: 0, name: '', opening: undefined })
  if (end <= lines.length) throw new RangeError(`line ${end}: "}" without a section`)
  return section
}

interface Beginning {
  /** The index of its first line. */
  readonly start: number
  readonly name: string
  /** Undefined for the file itself. */
  readonly opening: string | undefined
}

/** `end` is the index of the line after it. */
function readSection(lines: readonly string[], { start, name, opening }: Beginning): { section: Section; end: number } {
  const found: (string | Section)[] = []
  for (let index = start; index < lines.length; index += 1) {
    const line = lines[index] ?? ''
    const kind = kindOf(line)
    if (kind === 'closing')
      return {
        section: { name, lines: found, braces: opening === undefined ? undefined : [opening, line] },
        end: index + 1,
      }
    if (kind === 'other') throw new RangeError(`line ${index + 1}: a section, "key: value" or a comment is expected`)
    if (kind === 'opening') {
      const inner = line.slice(0, line.indexOf('{')).trim()
      const { section, end } = readSection(lines, { start: index + 1, name: inner, opening: line })
      found.push(section)
      index = end - 1
    } else found.push(line)
  }
  if (opening !== undefined) throw new RangeError(`the section ${name} is not closed`)
  return { section: { name, lines: found, braces: undefined }, end: lines.length + 1 }
}

export function printConf({ lines, braces }: Section): string {
  const inner = lines.map(line => (typeof line === 'string' ? line : printConf(line)))
  return (braces === undefined ? inner : [braces[0], ...inner, braces[1]]).join('\n')
}

/** Those of that name, in the order of the file. */
export function sectionsIn({ lines }: Section, name: string): Section[] {
  return lines.filter(line => typeof line !== 'string').filter(section => section.name === name)
}

/** The value of a setting of the section itself; the last one counts, as for corosync. */
export function settingIn({ lines }: Section, key: string): string | undefined {
  return lines.flatMap(line => (typeof line === 'string' && keyOf(line) === key ? [valueIn(line)] : [])).at(-1)
}

/** The key of a line; undefined for another one. */
export function keyOf(line: string): string | undefined {
  return kindOf(line) === 'setting' ? line.slice(0, line.indexOf(':')).trim() : undefined
}

function valueIn(line: string): string {
  return line.slice(line.indexOf(':') + 1).trim()
}

/** @see corosync, exec/coroparse.c: parse_section() */
function kindOf(line: string): 'blank' | 'opening' | 'setting' | 'closing' | 'other' {
  const text = line.trim()
  if (text === '' || text.startsWith('#')) return 'blank'
  if (text.includes('{')) return 'opening'
  if (text.includes(':')) return 'setting'
  return text.includes('}') ? 'closing' : 'other'
}
