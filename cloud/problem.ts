/** A step into a file: the key of a mapping, or the index in a sequence. */
export type Path = readonly (string | number)[]

/** What is wrong with what an operator wrote, and what to do. */
export interface Problem {
  /** Where: down to what is wrong, or to where something is missing. */
  readonly path: Path
  /** Whether the key at the end of the path is wrong, rather than its value. */
  readonly isKey?: true
  /** Whether nothing written is wrong: a node does not answer. */
  readonly isSilence?: true
  readonly message: string
}

/** Text of a file as a message shows it: in quotes, and not too long. */
export function display(value: unknown): string {
  if (value === null) return 'empty'
  const text = JSON.stringify(value) ?? String(value)
  return text.length <= 60 ? text : `${text.slice(0, 50)}… (${text.length} characters)`
}
