import { type Document, isAlias, isCollection, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
import type { Path, Problem } from '../problem.ts'
import { aliasProblems } from './alias-problems.ts'
import { syntaxWords } from './syntax-words.ts'

/** A position in a text; both numbers count from 1. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** A parsed YAML text, with the positions of its values. */
interface FileDocument {
  readonly value: unknown
  /** The position of the key or value that a problem is about. */
  positionOf(problem: Pick<Problem, 'path' | 'isKey'>): Position
}

/** An error in the YAML syntax. */
interface SyntaxProblem {
  readonly position: Position
  readonly message: string
}

/** Parses a YAML 1.2 text of one document. Errors that follow from another one on the same line are left out. */
export function readDocument(
  text: string,
): { readonly document: FileDocument } | { readonly problems: SyntaxProblem[] } {
  const lineCounter = new LineCounter()
  const document = parseDocument(text, { lineCounter, prettyErrors: false, merge: true, logLevel: 'error' })
  const positionAt = (offset: number) => {
    const { line, col } = lineCounter.linePos(offset)
    return { line, column: col }
  }
  // the warnings are about tags and directives that have no meaning here
  const errors = [...document.errors, ...document.warnings].map(error => ({
    offset: error.pos[0],
    message: syntaxWords(error),
  }))
  const wrong = errors.length > 0 ? errors : aliasProblems(document)
  if (wrong.length > 0) {
    const problems = wrong.map(({ offset, message }) => ({ position: positionAt(offset), message }))
    return { problems: problems.filter(({ position: { line } }, index) => problems[index - 1]?.position.line !== line) }
  }
  const positionOf = ({ path, isKey }: Pick<Problem, 'path' | 'isKey'>) =>
    positionAt(offsetOf(document, document.contents, path, isKey === true) ?? 0)
  return { document: { value: document.toJS({ maxAliasCount: -1 }), positionOf } }
}

/** Offset of the innermost part of the path that exists. */
function offsetOf(document: Document, node: unknown, [step, ...rest]: Path, isKey: boolean): number | undefined {
  const target = isAlias(node) ? node.resolve(document) : node
  const own = isMap(target) || isSeq(target) || isScalar(target) ? target.range?.[0] : undefined
  if (step === undefined || !isCollection(target)) return own
  const key = isMap(target)
    ? target.items.map(pair => pair.key).find(name => isScalar(name) && name.value === step)
    : null
  const ofKey = isScalar(key) ? key.range?.[0] : undefined
  if (isKey && rest.length === 0) return ofKey ?? own
  return offsetOf(document, target.get(step, true), rest, isKey) ?? ofKey ?? own
}
