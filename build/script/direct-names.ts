import { type CallExpression, type Identifier, type ModuleItem, parse, print } from '@swc/core'

/**
 * A CommonJS module of swc's without its functions around names. swc makes a getter of each exported name, which may be assigned again,
 * and a function of each import, which is evaluated on use; V8 compiles such a function when it is first called. But no exported name
 * of ours is assigned again, and esbuild makes a function of each module.
 * @throws Error for an exported name that is not a constant, function or class of the module
 */
export async function withDirectNames(code: string): Promise<string> {
  const program = await parse(code, { syntax: 'ecmascript', target: 'es2024' })
  const exported = program.body.flatMap(item => exportedBy(item) ?? [])
  const unknown = exported.filter(name => !program.body.flatMap(definedBy).includes(name))
  if (unknown.length > 0)
    throw new Error(`${unknown.join(', ')}: exported, but no constant, function or class of the module`)
  const calls = new Map(program.body.flatMap(importedBy))
  const body = program.body.filter(item => exportedBy(item) === undefined && importedBy(item).length === 0)
  const { code: direct } = await print({ ...program, body: withCalls(body, calls) })
  return exported.length === 0 ? direct : `${direct}module.exports = { ${exported.join(', ')} };\n`
}

/** `_filests()` and `require("./files.ts")`, of the function that swc declares for an import of ours; nothing of another statement. */
function importedBy(item: ModuleItem): [string, CallExpression][] {
  if (item.type !== 'FunctionDeclaration' || item.params.length > 0) return []
  const [first] = item.body?.stmts ?? []
  const call = first?.type === 'VariableDeclaration' ? first.declarations[0]?.init : undefined
  if (call?.type !== 'CallExpression' || !isNamed(call.callee, 'require')) return []
  const path = call.arguments[0]?.expression
  // node:fs and its like are found by a search
  return path?.type === 'StringLiteral' && path.value.startsWith('.') ? [[keyOf(item.identifier), call]] : []
}

/** The names that a statement of swc's exports, or that its function `_export` would; undefined for another statement. */
function exportedBy(item: ModuleItem): string[] | undefined {
  if (item.type === 'FunctionDeclaration') return item.identifier.value === '_export' ? [] : undefined
  if (item.type !== 'ExpressionStatement' || item.expression.type !== 'CallExpression') return undefined
  const [target, names] = item.expression.arguments.map(({ expression }) => expression)
  if (target === undefined || !isNamed(target, 'exports')) return undefined
  if (names?.type === 'StringLiteral') return names.value === '__esModule' ? [] : [names.value]
  if (names?.type !== 'ObjectExpression') return undefined
  return names.properties.map(property =>
    property.type === 'GetterProperty' && property.key.type === 'Identifier' ? property.key.value : property.type,
  )
}

/** The names that a statement defines for good. */
function definedBy(item: ModuleItem): string[] {
  if (item.type === 'FunctionDeclaration' || item.type === 'ClassDeclaration') return [item.identifier.value]
  if (item.type !== 'VariableDeclaration' || item.kind !== 'const') return []
  return item.declarations.flatMap(({ id }) => (id.type === 'Identifier' ? [id.value] : []))
}

/** With each call of a function that is declared for an import replaced by what it calls. */
function withCalls<Node>(node: Node, calls: ReadonlyMap<string, CallExpression>): Node {
  if (Array.isArray(node)) return node.map(one => withCalls(one, calls)) as Node
  if (typeof node !== 'object' || node === null) return node
  const { type, callee } = node as Partial<CallExpression>
  const call = type === 'CallExpression' && callee?.type === 'Identifier' ? calls.get(keyOf(callee)) : undefined
  if (call) return call as Node
  return Object.fromEntries(Object.entries(node).map(([name, value]) => [name, withCalls(value, calls)])) as Node
}

/** Different for two variables of one name. */
function keyOf(identifier: Identifier): string {
  return `${identifier.value} ${(identifier as { readonly ctxt?: number }).ctxt}`
}

function isNamed(node: { readonly type: string }, name: string): boolean {
  return node.type === 'Identifier' && (node as Identifier).value === name
}
