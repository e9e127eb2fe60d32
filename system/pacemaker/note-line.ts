/** A line that is longer is none that this project wrote. */
const MAX_LENGTH = 16_384

/** The fields of a note of one line of JSON; none for any other text. */
export function noteFields(line: string): Readonly<Record<string, unknown>> {
  if (line.length > MAX_LENGTH) return {}
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch (error) {
    if (error instanceof SyntaxError) return {}
    throw error
  }
}
