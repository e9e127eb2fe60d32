/** The maximum number of names on one line of an error. */
const MOST_NAMES = 12

/** Known names, for an error about an unknown one: all if there are few, otherwise the first ones and the number of the rest. */
export function listedNames(names: readonly string[]): string {
  if (names.length === 0) return 'none'
  if (names.length <= MOST_NAMES) return names.join(', ')
  return `${names.slice(0, MOST_NAMES).join(', ')} and ${names.length - MOST_NAMES} more`
}
