import type { Examination } from './examination.ts'

/** Names that a DRBD device goes by. */
const DRBD_NAMES = ['/dev/drbd0', '/dev/drbd/by-res/c0/0', '/dev/drbd/by-disk/vhacs/c0']

/** Whether LVM's own commands look for physical volumes on DRBD devices. */
export function looksAtDrbd({ sections }: Pick<Examination, 'sections'>): boolean {
  const filter = sections.get('filter') ?? ''
  if (filter.includes('use_devicesfile=1')) return false
  const [, list = ''] = /global_filter=(.*)/.exec(filter) ?? []
  const patterns = [...list.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, quoted = '']) => quoted.replace(/\\(.)/g, '$1'))
  return isAccepted(patterns, DRBD_NAMES)
}

/**
 * Of each name, the first pattern that matches decides. One name that is accepted lets the device in; else one that is
 * rejected keeps it out. @see lvm.conf(5), devices/filter
 */
function isAccepted(patterns: readonly string[], names: readonly string[]): boolean {
  const verdicts = names.map(name => patterns.find(pattern => matches(pattern, name))?.charAt(0))
  return verdicts.includes('a') || !verdicts.includes('r')
}

const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' }

/** A pattern like `r|^/dev/drbd|`, with any character around the expression; one that is not understood matches nothing. */
function matches(pattern: string, name: string): boolean {
  const opening = pattern.charAt(1)
  const expression = pattern.slice(2, pattern.lastIndexOf(CLOSING[opening] ?? opening))
  try {
    return new RegExp(expression).test(name)
  } catch (error) {
    if (error instanceof SyntaxError) return false
    throw error
  }
}
