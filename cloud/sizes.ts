const FACTORS: Readonly<Record<string, number>> = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 }
/** A smaller cloud has no room for data beside ext3's journal and DRBD's meta-data. */
const SMALLEST = 32 * 2 ** 20

/**
 * The size of a cloud, by a text like 500M, 1.5G or 2T.
 * @throws RangeError that shows the expected form, or for a size that is too small.
 */
export function parseSize(text: string): number {
  const bytes = parseBytes(text)
  if (bytes < SMALLEST) throw new RangeError(`a cloud needs at least 32M, got "${text}"`)
  return bytes
}

/**
 * The bytes of a text like 500M, 1.5G or 2T; the units are powers of 1024. They are rounded up to whole KiB, because LVM does not
 * accept parts of a sector.
 * @throws RangeError that shows the expected form.
 */
export function parseBytes(text: string): number {
  const match = /^(\d{1,9}(?:\.\d{1,3})?)([KMGT])(?:i?B)?$/i.exec(text)
  const factor = FACTORS[match?.[2]?.toUpperCase() ?? '']
  if (match === null || factor === undefined)
    throw new RangeError(`a size like 500M, 1.5G or 2T is expected, got "${text}"`)
  return Math.ceil((Number(match[1]) * factor) / 2 ** 10) * 2 ** 10
}

/** The shortest text that parseSize reads as exactly these bytes, which are whole KiB. */
export function formatSize(bytes: number): string {
  const unit = Object.entries(FACTORS).findLast(([, factor]) => bytes % factor === 0)
  return unit === undefined ? `${Math.ceil(bytes / 2 ** 10)}K` : `${bytes / unit[1]}${unit[0]}`
}
