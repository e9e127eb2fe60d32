/** A statement (`device /dev/drbd0;`) or a section (`resource c0 { … }`) of a DRBD configuration. */
export interface Section {
  readonly words: readonly string[]
  readonly children: readonly Section[]
}

/** A configuration that DRBD's syntax does not allow. */
export class DrbdConfigError extends Error {
  constructor(message: string, path?: string, options?: ErrorOptions) {
    super(`DRBD configuration${path === undefined ? '' : ` ${path}`}: ${message}`, options)
    this.name = 'DrbdConfigError'
  }
}

/** A configuration whose meaning on this node only drbdadm can determine. */
export class DrbdConfigUnclear extends DrbdConfigError {}

/**
 * The sections and statements of a text, without those that it comments out with `skip { … }`.
 * @throws DrbdConfigError for unbalanced braces or quotes.
 */
export function parseDrbdConfig(text: string, path?: string): Section[] {
  const top: Section[] = []
  const open: { words: string[]; children: Section[] }[] = [{ words: [], children: top }]
  let words: string[] = []
  const add = (children: Section[]) => {
    const section = { words, children }
    if (words[0] !== 'skip') open.at(-1)?.children.push(section)
    words = []
    return section
  }
  for (const token of tokensOf(text, path)) {
    if (token.kind === 'word') words.push(token.text)
    else if (token.text === ';') add([])
    else if (token.text === '{') open.push(add([]))
    else if (open.length > 1) open.pop()
    else throw new DrbdConfigError('a "}" without its "{"', path)
  }
  if (open.length > 1) throw new DrbdConfigError(`"${open.at(-1)?.words.join(' ')} {" is never closed`, path)
  return top
}

interface Token {
  readonly kind: 'word' | 'mark'
  readonly text: string
}

const TOKEN = /#[^\n]*|"((?:[^"\\]|\\.)*)"|([{};])|([^\s{};"#]+)|\s+/gsy

function* tokensOf(text: string, path: string | undefined): Generator<Token> {
  const pattern = new RegExp(TOKEN)
  while (pattern.lastIndex < text.length) {
    const at = pattern.lastIndex
    const found = pattern.exec(text)
    // stop here: after an unclosed quote, every further quote character would match as unclosed too
    if (found === null) throw new DrbdConfigError(`unexpected ${text[at]}`, path)
    const [, quoted, mark, word] = found
    if (mark !== undefined) yield { kind: 'mark', text: mark }
    else if (quoted !== undefined || word !== undefined) yield { kind: 'word', text: quoted ?? word ?? '' }
  }
}
