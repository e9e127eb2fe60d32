/** More names than this are too many for one line of an error. */
const MOST_NAMES = 12

/** Known names, in an error about one that is not known: all of a few, otherwise the first ones and their number. */
export function listedNames(names: readonly string[]): string {
  if (names.length === 0) return 'none'
  if (names.length <= MOST_NAMES) return names.join(', ')
  return `${names.slice(0, MOST_NAMES).join(', ')} and ${names.length - MOST_NAMES} more`
}
