import sax from 'sax'
import { Builder } from 'xml2js'

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
  const found: Element[] = []
  const collect = ({ children }: Element) => {
    for (const inner of children) {
      if (inner.name === name) found.push(inner)
      collect(inner)
    }
  }
  if (parent) collect(parent)
  return found
}

/** A CIB has about a dozen levels; the call stack has room for thousands. */
const DEEPEST = 500

/** What follows the element is ignored. @throws Error, naming line and column, for text that is not well-formed. */
export function parseXml(text: string): Element {
  const parser = sax.parser(true)
  const open: { readonly children: Element[] }[] = []
  let root: Element | undefined
  let isComplete = false
  let failure: Error | undefined
  const fail = (error: Error) => {
    failure ??= error
    throw error
  }
  parser.onopentag = ({ name, attributes }) => {
    if (open.length === DEEPEST) fail(new Error(`its elements are nested more than ${DEEPEST} deep`))
    const element = { name, attributes, children: [] }
    root ??= element
    open.at(-1)?.children.push(element)
    open.push(element)
  }
  parser.onclosetag = () => {
    open.pop()
    isComplete ||= open.length === 0
  }
  parser.onerror = error => fail(notWellFormed(error))
  try {
    parser.write(text).close()
  } catch (cause) {
    // an attribute of the name hasOwnProperty is an error in sax itself
    if (!isComplete) throw failure ?? new Error('it is not well-formed XML', { cause })
  }
  if (root === undefined) throw new Error('it is empty')
  return root
}

/** An element, or the text of one. @throws Error like `parseXml`. */
export function elementIn(xml: string | Element): Element {
  return typeof xml === 'string' ? parseXml(xml) : xml
}

/** The parser counts lines from 0, and columns from 1. */
function notWellFormed(cause: Error): Error {
  const [, line, column] = /\nLine: (\d+)\nColumn: (\d+)/.exec(cause.message) ?? []
  const place = line === undefined ? '' : ` in line ${Number(line) + 1}, column ${Math.max(Number(column), 1)}`
  return new Error(`it is not well-formed XML${place}`, { cause })
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
