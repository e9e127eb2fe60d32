import { byId } from '../../../cloud/cib/elements.ts'
import { type Element, parseXml } from '../../../cloud/xml.ts'
import { edited } from '../../unit/cloud/cib.ts'
import type { FakeTool, ToolResult } from '../system.ts'

/*
 * The CIB as its daemons keep it: each node has a copy, and a change is applied to the copies of all nodes that reach each other, in
 * one order. Exit statuses and what is no error as of cibadmin 2.1.5 and 3.0.0.
 */

/** Nodes, their copies of the CIB, and the links between them. */
export interface SharedCib {
  readonly copies: Map<string, string>
  /** Whether messages of the cluster pass between two nodes. */
  reaches: (from: string, to: string) => boolean
  /** Makes a tool fail on a node before it does any work. */
  disturb: (node: string, words: readonly string[]) => ToolResult | undefined
}

export function sharedCib(nodes: readonly string[], cib: string): SharedCib {
  return { copies: new Map(nodes.map(node => [node, cib])), reaches: () => true, disturb: () => undefined }
}

/** The tools of a node that use it. */
export function clusterTools(shared: SharedCib, node: string): Readonly<Record<'cibadmin' | 'crmadmin', FakeTool>> {
  return {
    cibadmin: (args, { input = '' }) =>
      shared.disturb(node, ['cibadmin', ...args]) ?? cibadmin(shared, { node, args, input }),
    crmadmin: args => shared.disturb(node, ['crmadmin', ...args]) ?? crmadmin(shared, node, args),
  }
}

export function copyOf({ copies }: SharedCib, node: string): string {
  return copies.get(node) ?? ''
}

/** Changes the copies of all nodes that a node reaches, as a daemon of Pacemaker does. */
export function changeCopies(shared: SharedCib, node: string, change: (cib: string) => string): void {
  for (const [name, cib] of shared.copies)
    if (name === node || shared.reaches(node, name)) shared.copies.set(name, change(cib))
}

function cibadmin(
  shared: SharedCib,
  { node, args, input }: { readonly node: string; readonly args: readonly string[]; readonly input: string },
): ToolResult {
  const [verb = ''] = args
  const cib = copyOf(shared, node)
  if (verb === '--query') return { status: 0, stdout: cib }
  const after = (option: string) => args[args.indexOf(option) + 1] ?? ''
  if (verb === '--create') {
    const made = parseXml(input)
    const isThere = byId(parseXml(cib), [made.name], made.attributes.id ?? '') !== undefined
    if (isThere) return { status: 108, stderr: 'Call failed: File exists\n' }
    changeCopies(shared, node, copy => withConstraint(copy, made))
    return 0
  }
  const isMeant = meantBy(after('--xpath'))
  const isThere = allElements(parseXml(cib)).some(isMeant)
  if (verb === '--delete') {
    changeCopies(shared, node, copy => edited(copy, found => (isMeant(found) ? [] : undefined)))
    return 0
  }
  if (!isThere) return { status: 105, stderr: 'Call failed: No such device or address\n' }
  const made = parseXml(input)
  changeCopies(shared, node, copy => edited(copy, found => (isMeant(found) ? [made] : undefined)))
  return 0
}

function withConstraint(cib: string, made: Element): string {
  const add = (found: Element) => [{ ...found, children: [...found.children, made] }]
  return edited(cib, found => (found.name === 'constraints' ? add(found) : undefined))
}

/** Of an XPath expression like //rsc_location[@id='a'], perhaps with [descendant::expression[@id='b']] behind it. */
export function meantBy(xpath: string): (found: Element) => boolean {
  const [, id, mark] =
    /rsc_location\[@id='([\w.-]+)'\](?:\[descendant::expression\[@id='([\w.-]+)'\]\])?$/.exec(xpath) ?? []
  if (id === undefined) throw new Error(`the fake cannot evaluate ${xpath}`)
  const isMarked = (found: Element) => mark === undefined || byId(found, ['expression'], mark) !== undefined
  return found => found.name === 'rsc_location' && found.attributes.id === id && isMarked(found)
}

function allElements(root: Element): Element[] {
  return [root, ...root.children.flatMap(allElements)]
}

/** As Pacemaker 2.1.5 prints it. */
function crmadmin(shared: SharedCib, node: string, args: readonly string[]): ToolResult {
  const asked = args.find(word => word.startsWith('--status='))?.slice('--status='.length) ?? ''
  const isHere = shared.copies.has(asked) && shared.reaches(node, asked)
  if (!isHere) return { status: 124, stderr: 'error: No reply received from controller before timeout\n' }
  return {
    status: 0,
    stdout: `<pacemaker-result api-version="2.25" request="crmadmin">
  <crmd node_name="${asked}" state="S_NOT_DC" result="ok"/>
  <status code="0" message="OK"/>
</pacemaker-result>
`,
  }
}

/** A CIB with another value in each attribute of a node's state; undefined removes it. */
export function withNodeState(
  cib: string,
  node: string,
  state: Readonly<Record<string, string | undefined>>,
  children?: readonly Element[],
): string {
  return edited(cib, found => {
    if (found.name !== 'node_state' || found.attributes.uname !== node) return undefined
    const entries = Object.entries({ ...found.attributes, ...state }).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value] as const],
    )
    return [{ ...found, attributes: Object.fromEntries(entries), children: children ?? found.children }]
  })
}
