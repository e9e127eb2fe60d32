/**
 * What does not show as it is: controls, which a terminal obeys and which end a line in a log; separators of lines; characters that
 * turn the direction of what follows, or that nobody sees; and halves of a character, which stand for a byte that is none.
 */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/**
 * A text from outside in one line that a terminal shows unchanged: each hidden character becomes its JSON escape, so that JSON
 * remains valid. `kept`: control characters that are not escaped.
 */
export function visibleText(text: string, kept = ''): string {
  return text.replace(HIDDEN, hidden => (kept.includes(hidden) ? hidden : escaped(hidden)))
}

function escaped(hidden: string): string {
  return SHORT[hidden] ?? hidden.replace(/./gs, half => `\\u${half.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
