/** The start of a unit's name, and the number of such units in a second; `ms` does not match `m`. */
const PER_SECOND: readonly (readonly [string, number])[] = [
  ['us', 1e6],
  ['ms', 1e3],
  ['s', 1],
  ['m', 1 / 60],
  ['h', 1 / 3600],
]

/**
 * A time of Pacemaker's configuration, such as `90s`, `2min` or `90 seconds`, in seconds; undefined for other forms, such as ISO
 * 8601.
 * @see Pacemaker Explained, "duration"; Pacemaker, lib/common/utils.c: crm_get_msec()
 */
export function seconds(text: string | undefined): number | undefined {
  const [, number, unit = ''] = /^\s*(\d{1,9})\s*([a-z]{0,12})\s*$/i.exec(text ?? '') ?? []
  if (number === undefined) return undefined
  if (unit === '') return Number(number)
  const [, perSecond] = PER_SECOND.find(([begin]) => unit.toLowerCase().startsWith(begin)) ?? []
  return perSecond === undefined ? undefined : Number(number) / perSecond
}
