import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
  type YAMLMap,
} from 'yaml'
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
  // the parser compares each key with all before it, in a time that grows with the square of their number
  const options = { lineCounter, prettyErrors: false, merge: true, logLevel: 'error', uniqueKeys: false } as const
  const document = parseDocument(text, options)
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
    const inOrder = wrong.toSorted((one, other) => one.offset - other.offset)
    const problems = inOrder.map(({ offset, message }) => ({ position: positionAt(offset), message }))
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
  if (step === undefined) return own
  if (isSeq(target)) return offsetOf(document, target.get(step, true), rest, isKey) ?? own
  if (!isMap(target)) return own
  const pair = pairsOf(target).get(step)
  const ofKey = isScalar(pair?.key) ? pair.key.range?.[0] : undefined
  if (isKey && rest.length === 0) return ofKey ?? own
  return offsetOf(document, pair?.value, rest, isKey) ?? ofKey ?? own
}

type Pairs = ReadonlyMap<unknown, Pair>
const known = new WeakMap<YAMLMap, Pairs>()

/** By key; kept, because each of thousands of problems may be in the same mapping. */
function pairsOf(map: YAMLMap): Pairs {
  const pairs = known.get(map) ?? new Map(map.items.map(pair => [isScalar(pair.key) ? pair.key.value : pair.key, pair]))
  known.set(map, pairs)
  return pairs
}
