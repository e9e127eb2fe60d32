/** These names in a sentence: `alpha and beta`, or `alpha, beta and gamma`. */
export function joinedNames(names: readonly string[]): string {
  return names.length < 3 ? names.join(' and ') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}

/** The maximum number of names on one line of an error. */
const MOST_NAMES = 12

/** Known names, for an error about an unknown one: all if there are few, otherwise the first ones and the number of the rest. */
export function listedNames(names: readonly string[]): string {
  if (names.length === 0) return 'none'
  if (names.length <= MOST_NAMES) return names.join(', ')
  return `${names.slice(0, MOST_NAMES).join(', ')} and ${names.length - MOST_NAMES} more`
}
