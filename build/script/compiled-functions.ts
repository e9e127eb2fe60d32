import {
  type ExpressionStatement,
  type FunctionDeclaration,
  type MethodProperty,
  parse,
  type Statement,
} from '@swc/core'

// parse() counts positions from anywhere, and a program begins behind its comments
const ANCHOR = '0;'

/**
 * A script of esbuild's in which the given modules, and the functions that they declare, are functions in parentheses: V8 compiles
 * those together with the script, and so has them in its code cache.
 */
export async function withCompiledFunctions(script: string, modules: readonly string[]): Promise<string> {
  // positions are bytes
  if (/[^\0-\x7f]/.test(script)) throw new Error('the script is not ASCII')
  const { body, span } = await parse(`${ANCHOR}${script}`, { syntax: 'ecmascript', target: 'es2024' })
  const compiled = body
    .flatMap(modulesIn)
    .filter(({ key }) => key.type === 'StringLiteral' && modules.includes(key.value))
  const first = span.start + ANCHOR.length
  const text: TextOf = (start, end) => script.slice(start - first, end - first)
  const parts: string[] = []
  let done = first
  for (const module of compiled as readonly ModuleProperty[]) {
    parts.push(text(done, module.key.span.end), compiledModule(module, text))
    done = module.body.span.end
  }
  return [...parts, text(done, first + script.length)].join('')
}

type TextOf = (start: number, end: number) => string

/** A property of an object, without its name. */
function compiledModule({ key, body }: ModuleProperty, text: TextOf): string {
  // behind "use strict", but before all else, because declarations are hoisted
  const others = body.stmts.findIndex(statement => !isDirective(statement))
  const start = (others < 0 ? body.stmts : body.stmts.slice(0, others)).at(-1)?.span.end ?? body.span.start + 1
  const functions = body.stmts.filter(isFunction)
  const variables = functions.map(({ identifier, span }) => {
    const anonymous = text(span.start, identifier.span.start) + text(identifier.span.end, span.end)
    return `\nlet ${identifier.value} = (${anonymous});`
  })
  const ends = [start, ...functions.map(({ span }) => span.end)]
  const rest = [...functions.map(({ span }) => span.start), body.span.end].map((end, i) => text(ends[i] ?? end, end))
  return [': (function', text(key.span.end, start), ...variables, ...rest, ')'].join('')
}

type ModuleProperty = MethodProperty & {
  readonly key: { readonly span: Span }
  readonly body: NonNullable<MethodProperty['body']>
}
interface Span {
  readonly start: number
  readonly end: number
}

/** The method in `var require_exit = __commonJS({ "ocf/exit.ts"(exports) { ... } })`, which is a module. */
function modulesIn(statement: { readonly type: string }): MethodProperty[] {
  if (statement.type !== 'VariableDeclaration') return []
  return (statement as Statement & { type: 'VariableDeclaration' }).declarations.flatMap(({ init }) => {
    if (init?.type !== 'CallExpression' || init.callee.type !== 'Identifier' || init.callee.value !== '__commonJS')
      return []
    const object = init.arguments[0]?.expression
    return object?.type === 'ObjectExpression'
      ? object.properties.filter(property => property.type === 'MethodProperty')
      : []
  })
}

function isDirective(statement: Statement): statement is ExpressionStatement {
  return statement.type === 'ExpressionStatement' && statement.expression.type === 'StringLiteral'
}

function isFunction(statement: Statement): statement is FunctionDeclaration {
  return statement.type === 'FunctionDeclaration' && !statement.generator
}
