/** Bytes in the form of df -h: 940M, 1.9G. */
export function roundedSize(bytes: number): string {
  const { number, unit } = scaled(bytes)
  return `${number < 10 && unit !== '' ? number.toFixed(1) : Math.round(number)}${unit}`
}

/** Bytes with two decimals, as for volume groups: 44.36G. */
export function preciseSize(bytes: number): string {
  const { number, unit } = scaled(bytes)
  return `${number.toFixed(2)}${unit}`
}

function scaled(bytes: number): { number: number; unit: string } {
  const units = ['', 'K', 'M', 'G', 'T', 'P']
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(bytes, 1)) / 10)))
  return { number: bytes / 2 ** (10 * power), unit: units[power] ?? '' }
}
