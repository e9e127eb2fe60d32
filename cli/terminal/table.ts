import Table from 'cli-table3'
import { coloured, inOneLine } from './printable.ts'
import type { Terminal } from './terminal.ts'

/** The frame of the first VHACS: lines above, below the header and at the end, and between columns. */
const FRAME = {
  ...{ top: '_', 'top-mid': '_', 'top-left': '_', 'top-right': '_' },
  ...{ bottom: '_', 'bottom-mid': '|', 'bottom-left': '|', 'bottom-right': '|' },
  ...{ left: '|', right: '|', middle: '|' },
  ...{ mid: '_', 'mid-mid': '|', 'left-mid': '|', 'right-mid': '|' },
}

/** A table with a header and a line below it, without lines between rows. Columns are as wide as their content. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const drawn = new Table({ head: [...head], style: { head: [], border: [] }, chars: FRAME })
  drawn.push(...rows.map(row => row.map(inOneLine)))
  const lines = drawn.toString().split('\n')
  // cli-table3 draws lines below all rows or below none
  return lines.filter((line, index) => index < 3 || index === lines.length - 1 || !/^\|_[_|]*\|$/.test(line)).join('\n')
}

/** A letter in parentheses before a name, as in `(A)cloud0`. */
export function marked(letter: string, name: string): string {
  return `(${letter})${name}`
}

const COLOURS = { good: 32, warning: 33, bad: 31 } as const
export type Tone = keyof typeof COLOURS

/** Colours a text, if colours are enabled. */
export type Paint = (tone: Tone | undefined, text: string) => string

export function painter({ hasColour }: Pick<Terminal, 'hasColour'>): Paint {
  return (tone, text) => (hasColour && tone ? coloured(COLOURS[tone], text) : text)
}
