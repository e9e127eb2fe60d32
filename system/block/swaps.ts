import { readLine } from '../files.ts'
import { unescapeOctal } from '../proc/mountinfo.ts'
import type { System } from '../system.ts'

/** Paths of the active swap areas. @see proc(5), /proc/swaps */
export function swaps(system: System): string[] {
  return parseSwaps(readLine(system, '/proc/swaps') ?? '')
}

export function parseSwaps(text: string): string[] {
  const lines = text.split('\n').slice(1)
  return lines.map(line => unescapeOctal(line.split(/\s/)[0] ?? ''))
}
