import { Builder, Parser } from 'xml2js'

/** An XML element without text of its own: the CIB has none. */
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
  return (parent?.children ?? []).flatMap(found => [
    ...(found.name === name ? [found] : []),
    ...descendants(found, name),
  ])
}

/** What xml2js makes of an element with explicitChildren and preserveChildrenOrder. */
interface Parsed {
  readonly '#name': string
  readonly $?: Record<string, string>
  readonly $$?: readonly Parsed[]
}

/** @throws Error for text that is not well-formed. */
export function parseXml(text: string): Element {
  const parser = new Parser({ explicitRoot: false, explicitChildren: true, preserveChildrenOrder: true })
  let parsed: Parsed | undefined
  let failure: Error | null = null
  // xml2js calls back before it returns, unless it is told to be asynchronous
  parser.parseString(text, (error, result: Parsed) => {
    failure = error
    parsed = result
  })
  if (failure) throw failure
  if (!parsed) throw new Error('the XML text is empty')
  return elementOf(parsed)
}

function elementOf({ '#name': name, $: attributes = {}, $$: children = [] }: Parsed): Element {
  return { name, attributes, children: children.map(elementOf) }
}

/** One element a line; children of the same name stay together, in the order in which names first occur. */
export function printXml(root: Element): string {
  const builder = new Builder({ headless: true, rootName: root.name })
  return `${builder.buildObject(builderObject(root))}\n`
}

function builderObject({ attributes, children }: Element): object {
  const byName = Map.groupBy(children, ({ name }) => name)
  const content = [...byName].map(([name, elements]) => [name, elements.map(builderObject)])
  return { $: attributes, ...Object.fromEntries(content) }
}
