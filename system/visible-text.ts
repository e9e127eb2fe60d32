/** C0, DEL and C1: what a terminal obeys instead of showing it, and what ends a line in a log. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROLS = /[\x00-\x1f\x7f-\x9f]/g

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/**
 * A text from outside in one line that a terminal shows as it is: each control character becomes its escape in JSON, so that
 * JSON stays what it was. `kept`: control characters that stay.
 */
export function visibleText(text: string, kept = ''): string {
  return text.replace(CONTROLS, control => (kept.includes(control) ? control : escaped(control)))
}

function escaped(control: string): string {
  return SHORT[control] ?? `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`
}
