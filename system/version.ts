/** The numbers at the start of a version: `3.0.2-2` has 3, 0 and 2; `9.28` has 9, 28 and 0. Undefined for text of another form. */
export function versionIn(text = ''): readonly number[] | undefined {
  const [, ...numbers] = /^(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?/.exec(text.trim()) ?? []
  return numbers.length === 0 ? undefined : numbers.map(number => Number(number ?? 0))
}

/** Whether a version is `wanted` or a later one. */
export function isAtLeast(version: readonly number[], wanted: readonly number[]): boolean {
  const place = wanted.findIndex((number, index) => (version[index] ?? 0) !== number)
  return place === -1 || (version[place] ?? 0) > (wanted[place] ?? 0)
}
