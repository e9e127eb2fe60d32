import { Builder, Parser } from 'xml2js'

/** An XML element without text content: the CIB has none. */
export interface Element {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly Element[]
}

export function element(name: string, attributes: Element['attributes'], children: readonly Element[] = []): Element {
  return { name, attributes, children }
}

/** The first child of that name; undefined when there is none. */
export function child(parent: Element | undefined, name: string): Element | undefined {
  return parent?.children.find(candidate => candidate.name === name)
}

/** All elements of that name below an element, in document order. */
export function descendants(parent: Element | undefined, name: string): Element[] {
  return (parent?.children ?? []).flatMap(inner => [
    ...(inner.name === name ? [inner] : []),
    ...descendants(inner, name),
  ])
}

/** The form in which xml2js represents an element with explicitChildren and preserveChildrenOrder. */
interface Parsed {
  readonly '#name': string
  readonly $?: Record<string, string>
  readonly $$?: readonly Parsed[]
}

/** @throws Error, naming line and column, for text that is not well-formed. */
export function parseXml(text: string): Element {
  const parser = new Parser({ explicitRoot: false, explicitChildren: true, preserveChildrenOrder: true })
  let parsed: Parsed | undefined
  let failure: Error | null = null
  // xml2js calls back before it returns, unless it is made asynchronous
  parser.parseString(text, (error, result: Parsed) => {
    failure = error
    parsed = result
  })
  if (failure) throw notWellFormed(failure)
  if (!parsed) throw new Error('it is empty')
  return elementOf(parsed)
}

/** The parser counts lines from 0, and columns from 1. */
function notWellFormed(cause: Error): Error {
  const [, line, column] = /\nLine: (\d+)\nColumn: (\d+)/.exec(cause.message) ?? []
  const place = line === undefined ? '' : ` in line ${Number(line) + 1}, column ${Math.max(Number(column), 1)}`
  return new Error(`it is not well-formed XML${place}`, { cause })
}

/** A CIB has about a dozen levels; the call stack has room for thousands. */
const DEEPEST = 500

function elementOf({ '#name': name, $: attributes = {}, $$: children = [] }: Parsed, depth = 1): Element {
  if (depth > DEEPEST) throw new Error(`its elements are nested more than ${DEEPEST} deep`)
  return { name, attributes, children: children.map(inner => elementOf(inner, depth + 1)) }
}

/** One element a line, children in their order. */
export function printXml(root: Element): string {
  const builder = new Builder({ headless: true })
  return `${print(root)}\n`

  /** The builder prints children of the same name together; if other children are between them, each is printed separately. */
  function print(element: Element): string {
    const { name, attributes, children } = element
    if (isGrouped(element)) return builder.buildObject({ [name]: builderObject(element) })
    const start = builder.buildObject({ [name]: { $: attributes } }).replace(/\/>$/, '>')
    return [start, ...children.map(print).map(indented), `</${name}>`].join('\n')
  }
}

/** Whether all children of the same name are adjacent, at every level. */
function isGrouped({ children }: Element): boolean {
  const names = children.map(({ name }) => name).filter((name, index, all) => name !== all[index - 1])
  return new Set(names).size === names.length && children.every(isGrouped)
}

function indented(text: string): string {
  return text.replace(/^/gm, '  ')
}

function builderObject({ attributes, children }: Element): object {
  const byName = Map.groupBy(children, ({ name }) => name)
  const content = [...byName].map(([name, elements]) => [name, elements.map(builderObject)])
  return { $: attributes, ...Object.fromEntries(content) }
}
