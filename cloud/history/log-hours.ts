const DAY = 86_400_000

/**
 * When the hours of a log began, in milliseconds since the epoch, by their text such as `Nov 29 16`. A log has neither year nor zone, and
 * the offset of the zone may differ between hours; so its node has converted them: `Nov 29 16 1795968000`, of the current year.
 * `now`: by the clock of that node.
 */
export function parseHours(text: string, now: number): ReadonlyMap<string, number> {
  const lines = text.split('\n').map(line => /^([A-Z][a-z]{2} \d\d \d\d) (\d{1,12})$/.exec(line.trim()))
  return new Map(
    lines.flatMap(found => {
      const [, hour = '', seconds] = found ?? []
      if (seconds === undefined) return []
      const time = new Date(Number(seconds) * 1000)
      // what would be in the future was a year ago
      if (time.getTime() > now + DAY) time.setUTCFullYear(time.getUTCFullYear() - 1)
      return [[hour, time.getTime()] as const]
    }),
  )
}
