/**
 * What does not show as it is: controls, which a terminal obeys and which end a line in a log; separators of lines; characters that
 * turn the direction of what follows, or that nobody sees; and halves of a character, which stand for a byte that is none.
 */
const hidden = () => /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu

/**
 * Printable ASCII needs no other test. V8 makes the sets of a Unicode property when it meets the expression, which takes a
 * millisecond, so those are in functions.
 */
export function isPlainText(text: string): boolean {
  return /^[ -~]*$/.test(text)
}

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/**
 * A text from outside in one line that a terminal shows unchanged: each hidden character becomes its JSON escape, so that JSON
 * remains valid. `kept`: control characters that are not escaped.
 */
export function visibleText(text: string, kept = ''): string {
  if (isPlainText(text)) return text
  return text.replace(hidden(), found => (kept.includes(found) ? found : escaped(found)))
}

function escaped(found: string): string {
  return SHORT[found] ?? found.replace(/./gs, half => `\\u${half.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
