import { type Document, isAlias, isCollection, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
import type { Path, Problem } from '../problem.ts'

/** Where something stands in a text; both count from 1. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** A YAML text: what it says, and where. */
export interface FileDocument {
  readonly value: unknown
  /** Where what a problem is about stands. */
  positionOf(problem: Pick<Problem, 'path' | 'isKey'>): Position
}

/** What is wrong with a text as such, and where. */
export interface SyntaxProblem {
  readonly position: Position
  readonly message: string
}

/** Reads a YAML 1.2 text of one document. */
export function readDocument(
  text: string,
): { readonly document: FileDocument } | { readonly problems: SyntaxProblem[] } {
  const lineCounter = new LineCounter()
  const document = parseDocument(text, { lineCounter, prettyErrors: false, merge: true })
  const positionAt = (offset: number) => {
    const { line, col } = lineCounter.linePos(offset)
    return { line, column: col }
  }
  // a warning is of a tag or directive that means nothing here
  const errors = [...document.errors, ...document.warnings]
  if (errors.length > 0)
    return { problems: errors.map(({ pos, message }) => ({ position: positionAt(pos[0]), message })) }
  const positionOf = ({ path, isKey }: Pick<Problem, 'path' | 'isKey'>) =>
    positionAt(offsetOf(document, document.contents, path, isKey === true) ?? 0)
  return { document: { value: document.toJS(), positionOf } }
}

/** Of the innermost part of the path that is there. */
function offsetOf(document: Document, node: unknown, [step, ...rest]: Path, isKey: boolean): number | undefined {
  const found = isAlias(node) ? node.resolve(document) : node
  const own = isMap(found) || isSeq(found) || isScalar(found) ? found.range?.[0] : undefined
  if (step === undefined || !isCollection(found)) return own
  const key = isMap(found)
    ? found.items.map(pair => pair.key).find(name => isScalar(name) && name.value === step)
    : null
  const ofKey = isScalar(key) ? key.range?.[0] : undefined
  if (isKey && rest.length === 0) return ofKey ?? own
  return offsetOf(document, found.get(step, true), rest, isKey) ?? ofKey ?? own
}
