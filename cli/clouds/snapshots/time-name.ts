/** A name for a snapshot that is taken then, in UTC, such as `20261130-101500`. */
export function timeName(milliseconds: number): string {
  const [date = '', time = ''] = new Date(milliseconds).toISOString().split('T')
  return `${date.replaceAll('-', '')}-${time.slice(0, 8).replaceAll(':', '')}`
}
