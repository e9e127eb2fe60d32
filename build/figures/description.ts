import type { Caption } from './svg.ts'

/** The text of a picture: its caption, and the lines of its content. */
export interface Description extends Caption {
  readonly lines: readonly string[]
}

/**
 * Reads a description: empty lines and those that begin with # are left out, `title` and `description` begin a line of that kind.
 * @throws Error when one of the two is missing.
 */
export function parseDescription(text: string): Description {
  const lines = text.split('\n').filter(line => line.trim() !== '' && !line.startsWith('#'))
  const textAfter = (key: string) => {
    const line = lines.find(candidate => candidate.startsWith(`${key} `))
    if (line === undefined) throw new Error(`a line that begins with "${key} " is missing`)
    return line.slice(key.length + 1)
  }
  return {
    title: textAfter('title'),
    description: textAfter('description'),
    lines: lines.filter(line => !/^(title|description) /.test(line)),
  }
}
