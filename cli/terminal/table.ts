import Table from 'cli-table3'
import type { Terminal } from './terminal.ts'

/** The frame of the first VHACS: lines above, below the head and at the end, and between columns. */
const FRAME = {
  ...{ top: '_', 'top-mid': '_', 'top-left': '_', 'top-right': '_' },
  ...{ bottom: '_', 'bottom-mid': '|', 'bottom-left': '|', 'bottom-right': '|' },
  ...{ left: '|', right: '|', middle: '|' },
  ...{ mid: '_', 'mid-mid': '|', 'left-mid': '|', 'right-mid': '|' },
}

/** A table with a head; a line between head and rows, none between rows. Columns are as wide as what they hold. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const drawn = new Table({ head: [...head], style: { head: [], border: [] }, chars: FRAME })
  drawn.push(...rows.map(row => [...row]))
  const lines = drawn.toString().split('\n')
  // cli-table3 draws a line below each row or below none
  return lines.filter((line, index) => index < 3 || index === lines.length - 1 || !/^\|_[_|]*\|$/.test(line)).join('\n')
}

/** A letter in parentheses before a name, as in `(A)cloud0`. */
export function marked(letter: string, name: string): string {
  return `(${letter})${name}`
}

const COLOURS = { good: 32, warning: 33, bad: 31 } as const
export type Tone = keyof typeof COLOURS

/** Colours a text on a terminal that is to have colours. */
export type Paint = (tone: Tone | undefined, text: string) => string

export function painter({ hasColour }: Pick<Terminal, 'hasColour'>): Paint {
  return (tone, text) => (hasColour && tone ? `\u001b[${COLOURS[tone]}m${text}\u001b[39m` : text)
}
