import { randomInt } from 'node:crypto'
import { visibleText } from '../../system/visible-text.ts'

/*
 * A terminal obeys control characters. Names, reasons and the output of tools come from outside, so all control characters are
 * printed as escapes, except our own colours, which nothing else can produce: they carry random numbers of this process.
 */
let drawnOnce: string | undefined

/** Drawn when a colour is first used: node:crypto takes as long to load as all else that prints a table. */
function own(): string {
  drawnOnce ??= `${drawn()};${drawn()}`
  return drawnOnce
}

const NO_COLOUR = 39

/** Four digits: the most that the packages which measure and strip colours recognise. */
function drawn(): number {
  return randomInt(1000, 10_000)
}

/** The text, to be printed in this SGR colour, such as 31. */
export function coloured(colour: number, text: string): string {
  return `\u001b[${own()};${colour}m${text}\u001b[${own()};${NO_COLOUR}m`
}

/** Lines of text for the terminal, in which only our own colours take effect. */
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
  return converted(text, '', colour => `\u001b[${own()};${colour}m`)
}

function converted(text: string, kept: string, colour: (code: string) => string): string {
  // a captured group stands at each odd index
  const parts = drawnOnce === undefined ? [text] : text.split(new RegExp(`\\u001b\\[${drawnOnce};(\\d\\d)m`))
  return parts.map((part, index) => (index % 2 === 1 ? colour(part) : visibleText(part, kept))).join('')
}
