import { randomInt } from 'node:crypto'
import { visibleText } from '../../system/visible-text.ts'

/*
 * A terminal obeys what is printed. Names, reasons and the output of tools come from elsewhere, so all control characters are
 * printed as escapes, except colours of our own, which nobody else can write: they carry numbers that this process has drawn.
 */
const OWN = `${drawn()};${drawn()}`
const OWN_COLOUR = new RegExp(`\\u001b\\[${OWN};(\\d\\d)m`)

const NO_COLOUR = 39

/** Four digits: as many as what measures and strips colours knows. */
function drawn(): number {
  return randomInt(1000, 10_000)
}

/** The text in this colour of SGR, such as 31, once it is printed. */
export function coloured(colour: number, text: string): string {
  return `\u001b[${OWN};${colour}m${text}\u001b[${OWN};${NO_COLOUR}m`
}

/** What is to be printed: lines of text, in which only our own colours are obeyed. */
export function printable(text: string): string {
  return converted(text, '\n\t', onTerminal)
}

/** The same of one line: what comes from elsewhere cannot begin another. */
export function printableLine(text: string): string {
  return converted(text, '\t', onTerminal)
}

const onTerminal = (colour: string) => `\u001b[${colour}m`

/** A text from elsewhere in one line, with the colours that it has been given: a cell of a table, a step of a job. */
export function inOneLine(text: string): string {
  return converted(text, '', colour => `\u001b[${OWN};${colour}m`)
}

function converted(text: string, kept: string, colour: (code: string) => string): string {
  // a captured group stands at each odd index
  const parts = text.split(OWN_COLOUR)
  return parts.map((part, index) => (index % 2 === 1 ? colour(part) : visibleText(part, kept))).join('')
}
