/** A step into a file: the key of a mapping, or the index in a sequence. */
export type Path = readonly (string | number)[]

/** What is wrong with an operator's input, and what to write instead. */
export interface Problem {
  /** Leads to what is wrong, or to where something is missing. */
  readonly path: Path
  /** Whether the key at the end of the path is wrong, rather than its value. */
  readonly isKey?: true
  /** Whether the input may be right: a node is unreachable. */
  readonly isUnreachable?: true
  readonly message: string
}

/** The problem, if it is one. */
export function problemIf(isProblem: boolean, path: Path, message: string): Problem[] {
  return isProblem ? [{ path, message }] : []
}

/** A value of a file as a message shows it: in quotes, and not too long. */
export function valueText(value: unknown): string {
  if (value === null) return 'empty'
  // JSON has no infinity
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value))
  return text.length <= 60 ? text : `${text.slice(0, 50)}… (${text.length} characters)`
}
