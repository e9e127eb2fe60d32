/** C0, DEL and C1: characters that a terminal obeys instead of showing them, or that end a line in a log. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROLS = /[\x00-\x1f\x7f-\x9f]/g

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/**
 * A text from outside as one line that a terminal shows unchanged: each control character becomes its JSON escape, so that JSON
 * remains valid. `kept`: control characters that are not escaped.
 */
export function visibleText(text: string, kept = ''): string {
  return text.replace(CONTROLS, control => (kept.includes(control) ? control : escaped(control)))
}

function escaped(control: string): string {
  return SHORT[control] ?? `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`
}
