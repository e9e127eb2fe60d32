import { type Document, isAlias, isCollection, isMap, isPair, isScalar, isSeq } from 'yaml'
import { syntaxWords } from './syntax-words.ts'

/** A problem at a place of a document. */
export interface NodeProblem {
  /** The offset in the text. */
  readonly offset: number
  readonly message: string
}

/** More values than a file for thousands of clouds has. */
const MOST_VALUES = 100_000

/**
 * Keys that are repeated; aliases that name nothing, contain themselves, or stand for more values than can be held; merges of what
 * is no mapping; and keys that are no texts. The parser finds out only when it builds the value, and does not say where.
 */
export function aliasProblems(document: Document): NodeProblem[] {
  const problems: NodeProblem[] = []
  const anchors = new Map<string, unknown>()
  const open = new Set<unknown>()
  const sizes = new Map<unknown, number>()
  const report = (node: unknown, message: string) => problems.push({ offset: offsetOf(node), message })

  /** Returns the number of values that the node expands to. */
  function visit(node: unknown): number {
    if (isAlias(node)) return visitAlias(node, node.source)
    if (isScalar(node) || isCollection(node)) if (node.anchor !== undefined) anchors.set(node.anchor, node)
    if (!isCollection(node)) return 1
    open.add(node)
    if (isMap(node)) reportRepeated(node.items)
    const size = node.items.reduce((sum: number, item) => sum + (isPair(item) ? visitPair(item) : visit(item)), 1)
    open.delete(node)
    sizes.set(node, size)
    return size
  }

  function reportRepeated(pairs: readonly { readonly key: unknown }[]) {
    const seen = new Set<unknown>()
    for (const { key } of pairs) {
      if (!isScalar(key)) continue
      if (seen.has(key.value)) report(key, syntaxWords({ code: 'DUPLICATE_KEY' }))
      seen.add(key.value)
    }
  }

  function visitAlias(alias: unknown, name: string): number {
    const target = anchors.get(name)
    if (target === undefined) report(alias, `*${name} refers to nothing: put &${name} before a value above it`)
    else if (open.has(target)) report(alias, `*${name} is inside the value that it refers to: write that value out`)
    else if ((sizes.get(target) ?? 1) > MOST_VALUES)
      report(alias, `*${name} expands to more than ${MOST_VALUES} values: use fewer aliases`)
    else return sizes.get(target) ?? 1
    return 1
  }

  function visitPair({ key, value }: { readonly key: unknown; readonly value: unknown }): number {
    if (isCollection(key)) report(key, 'a key is a text, not a list or a mapping')
    const size = visit(key) + visit(value)
    if (isMergeKey(key) && !isMergeable(value)) report(key, '<< takes a mapping or a list of mappings, such as *name')
    return size
  }

  function isMergeable(value: unknown): boolean {
    const source = targetOf(value)
    return (isSeq(source) ? source.items.map(targetOf) : [source]).every(
      target => target === undefined || isMap(target),
    )
  }

  /** Undefined for an alias that refers to nothing, which is reported separately. */
  function targetOf(value: unknown): unknown {
    return isAlias(value) ? anchors.get(value.source) : value
  }

  const all = visit(document.contents)
  if (all > MOST_VALUES && problems.length === 0)
    report(document.contents, `the file expands to more than ${MOST_VALUES} values: use fewer aliases`)
  return problems
}

/** The parser represents << as a symbol if it is a merge key. */
function isMergeKey(key: unknown): boolean {
  return isScalar(key) && (typeof key.value === 'symbol' ? key.value.description : key.value) === '<<'
}

function offsetOf(node: unknown): number {
  return (isAlias(node) || isScalar(node) || isCollection(node) ? node.range?.[0] : undefined) ?? 0
}
