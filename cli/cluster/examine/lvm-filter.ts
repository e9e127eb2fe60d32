import type { Sections } from './examination.ts'

/** The output of `lvmconfig` if no filter has been set. */
const DEFAULT_FILTER = 'global_filter=["a|.*|"]'

/** The pattern that keeps LVM off DRBD devices. */
export const REJECT_DRBD = '"r|^/dev/drbd|"'

/** Names of a DRBD device. */
const DRBD_NAMES = ['/dev/drbd0', '/dev/drbd/by-res/c0/0', '/dev/drbd/by-disk/vhacs/c0']

export function hasDefaultFilter({ sections }: Sections): boolean {
  return (sections.get('filter') ?? '').includes(DEFAULT_FILTER)
}

/** Whether LVM's own commands look for physical volumes on DRBD devices. */
export function scansDrbd({ sections }: Sections): boolean {
  const filter = sections.get('filter') ?? ''
  if (filter.includes('use_devicesfile=1')) return false
  const [, list = ''] = /global_filter=(.*)/.exec(filter) ?? []
  const patterns = [...list.matchAll(/"((?:[^"\\]|\\.?)*)(?:"|$)/g)].map(([, quoted = '']) =>
    quoted.replace(/\\(.)/g, '$1'),
  )
  return isAccepted(patterns, DRBD_NAMES)
}

/**
 * For each name, the first matching pattern decides. A device is accepted if one of its names is, and rejected if none is
 * accepted and one is rejected. @see lvm.conf(5), devices/filter
 */
function isAccepted(patterns: readonly string[], names: readonly string[]): boolean {
  const verdicts = names.map(name => patterns.find(pattern => matches(pattern, name))?.charAt(0))
  return verdicts.includes('a') || !verdicts.includes('r')
}

const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' }

/** The time for matching grows with the number of repetitions in an expression; LVM's own matcher works differently. */
const MAX_REPETITIONS = 4

/** A pattern like `r|^/dev/drbd|`, with any delimiter around the expression; an invalid or costly one matches nothing. */
function matches(pattern: string, name: string): boolean {
  const opening = pattern.charAt(1)
  const expression = pattern.slice(2, pattern.lastIndexOf(CLOSING[opening] ?? opening))
  const repetitions = expression.match(/[*+?{]/g) ?? []
  if (repetitions.length > MAX_REPETITIONS || /\)[*+?{]/.test(expression)) return false
  try {
    return new RegExp(expression).test(name)
  } catch (error) {
    if (error instanceof SyntaxError) return false
    throw error
  }
}
