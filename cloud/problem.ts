/** A step into a file: the key of a mapping, or the index in a sequence. */
export type Path = readonly (string | number)[]

/** What is wrong with an operator's input, and what to write instead. */
export interface Problem {
  /** The path to the wrong value, or to the place where a value is missing. */
  readonly path: Path
  /** Whether the key at the end of the path is wrong, rather than its value. */
  readonly isKey?: true
  /** Whether the input may be right, because a node is unreachable. */
  readonly isUnreachable?: true
  readonly message: string
}

/** A list with the problem, empty without one. */
export function problemIf(isProblem: boolean, path: Path, message: string): Problem[] {
  return isProblem ? [{ path, message }] : []
}

/** A value of a file for a message: in quotes, and shortened. */
export function valueText(value: unknown): string {
  if (value === null) return 'empty'
  // JSON has no infinity
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value))
  return text.length <= 60 ? text : `${text.slice(0, 50)}… (${text.length} characters)`
}
