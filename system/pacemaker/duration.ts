/** How many of its units one second has. */
const PER_SECOND: ReadonlyMap<string, number> = new Map([
  ['us', 1e6],
  ['usec', 1e6],
  ['ms', 1e3],
  ['msec', 1e3],
  ['', 1],
  ['s', 1],
  ['sec', 1],
  ['m', 1 / 60],
  ['min', 1 / 60],
  ['h', 1 / 3600],
  ['hr', 1 / 3600],
])

/**
 * A time of Pacemaker's configuration, such as `90s` or `2min`, in seconds; undefined for another form, as of ISO 8601.
 * @see Pacemaker Explained, "duration"
 */
export function seconds(text: string | undefined): number | undefined {
  const [, number, unit = ''] = /^\s*(\d{1,9})\s*([a-z]*)\s*$/i.exec(text ?? '') ?? []
  const perSecond = PER_SECOND.get(unit.toLowerCase())
  return number === undefined || perSecond === undefined ? undefined : Number(number) / perSecond
}
