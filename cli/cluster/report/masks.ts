import { MASK } from '../../../system/secret-text.ts'
import type { CollectedFile } from './collected.ts'
import { maskByStructure } from './structure.ts'

/** Shorter ones occur in too much else; where they can be told by their places, they are masked. */
const SHORTEST = 4

const COMMENTS = /^[ \t]*#.*$/gm

/** Values that stand for none. */
const NO_SECRETS = new Set(['null', 'none', 'true', 'false', 'lrm://', MASK.toLowerCase()])

/**
 * What removes the secrets from the texts of a report: those that are told by their places, and wherever they occur all that stand in
 * the files of any node, and those that are `known`.
 */
export function createMasks(files: readonly CollectedFile[], known: readonly string[]): (text: string) => string {
  const values = new Set(known)
  // the lines of a log look like anything, and examples in comments have values that stand for others
  for (const { text, isLog } of files)
    if (!isLog) maskByStructure(text.replace(COMMENTS, ''), secret => values.add(secret))
  const patterns = patternsOf([...values].filter(isDistinctive))
  return text => {
    const structured = maskByStructure(text, () => undefined)
    return patterns.reduce((before, pattern) => before.replace(pattern, MASK), structured)
  }
}

function isDistinctive(secret: string): boolean {
  return secret.length >= SHORTEST && !NO_SECRETS.has(secret.toLowerCase())
}

/** So many alternatives the engine of regular expressions tries at each place. */
const AT_ONCE = 200

function patternsOf(values: readonly string[]): RegExp[] {
  // a longer one may contain a shorter one
  const forms = [...new Set(values.flatMap(formsOf))].sort((one, other) => other.length - one.length)
  const groups = Array.from({ length: Math.ceil(forms.length / AT_ONCE) }, (_, index) =>
    forms.slice(index * AT_ONCE, (index + 1) * AT_ONCE),
  )
  return groups.map(group => new RegExp(group.map(RegExp.escape).join('|'), 'g'))
}

/** As it may be written in XML, JSON, a URL, a header. */
function formsOf(value: string): string[] {
  const plain = value
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&')
  const inXml = plain.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  const forms = [
    value,
    plain,
    inXml,
    inXml.replaceAll('"', '&quot;').replaceAll("'", '&apos;'),
    inXml.replaceAll('"', '&quot;'),
    JSON.stringify(plain).slice(1, -1),
    plain.replaceAll('\\"', '"'),
    encodeURIComponent(plain.toWellFormed()),
    Buffer.from(plain).toString('base64'),
  ]
  return forms.filter(form => form.length >= SHORTEST)
}
