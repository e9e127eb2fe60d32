/** How esbuild makes a CommonJS module of a module of ours: with imports and exports in the form that `moduleFunction` reads. */
export const asCommonJs = {
  loader: 'ts',
  format: 'cjs',
  platform: 'node',
  target: 'node24',
  // a precompiled script cannot use import, only require
  supported: { 'dynamic-import': false },
  tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
} as const

/**
 * Names in the scope of each module's function: `$(id)` is what the module `id` exports, `node(name)` a module of Node.js, `toESM` adds
 * a default export.
 */
export interface Scope {
  /** The id of a module by the text after `from`; undefined for a module of Node.js. */
  readonly idOf: (specifier: string) => number | undefined
  /** Whether V8 compiles its functions when it makes the code cache, not at their first call. */
  readonly isCompiled: boolean
}

const MARK = /^module\.exports = __toCommonJS\(\w+\);\n/m
const EXPORTS = /^__export\(\w+, \{\n([\s\S]*?)\n\}\);/m
const IMPORT = /^var (import_\w+) = (__toESM\()?require\("([^"]+)"\)(?:, 1\)|\))?;$/gm
const DYNAMIC_IMPORT = /__toESM\(require\("([^"]+)"\)(?:, 1)?\)/g
const FUNCTION = /^(async )?function (\w+)(\([\s\S]*?\n\})/gm

/**
 * A module, as esbuild makes a CommonJS module of it, as the text of a function that evaluates it and returns its exports. A name
 * from another module is looked up where it is used, so that is evaluated when one of its names is first needed. That is
 * right because no module of ours does anything but define its names, none changes one later, and imports have no cycles.
 * @throws Error for what it does not understand.
 */
export function moduleFunction(name: string, commonJs: string, { idOf, isCompiled }: Scope): string {
  const mark = MARK.exec(commonJs)
  if (mark === null) throw new Error(`${name}: no exports found`)
  const body = commonJs.slice(mark.index + mark[0].length).replace(/^\/\/ Annotate the CommonJS[\s\S]*/m, '')
  const linked = linkImports(`${body}\nreturn {${exportsIn(commonJs.slice(0, mark.index))}}`, idOf)
  const left = /\bimport_\w+ = require\("\.|\b__\w+\(|require\("\.|\bimport\(/.exec(linked)
  if (left !== null) throw new Error(`${name}: not understood: ${left[0]}`)
  const text = isCompiled ? compiledFunctions(linked) : linked
  const definition = `function ${functionName(name)}() {\n${text.trim()}\n}`
  // V8 compiles a function in parentheses at once
  return isCompiled ? `(${definition})` : definition
}

/** By this name V8's coverage and profiles show a module. */
export const functionName = (module: string) => module.replace(/\.ts$/, '').replace(/\W/g, '_')

function exportsIn(head: string): string {
  const list = EXPORTS.exec(head)?.[1] ?? ''
  const lines = list.split('\n').filter(line => line !== '')
  return lines
    .map(line => {
      const [, name, value] = /^ {2}(\w+): \(\) => ([\w$.]+),?$/.exec(line) ?? []
      if (name === undefined) throw new Error(`not understood: export ${line}`)
      return `${name}: ${value}`
    })
    .join(', ')
}

function linkImports(body: string, idOf: Scope['idOf']): string {
  const lookups = new Map<string, string>()
  const rest = body.replace(IMPORT, (_, local: string, isDefault: string | undefined, specifier: string) => {
    const id = idOf(specifier)
    const module = id === undefined ? `node("${specifier}")` : `$(${id})`
    lookups.set(local, isDefault === undefined ? module : `toESM(${module})`)
    return ''
  })
  return (
    rest
      // "new $(1).Name()" would call new $(1)
      .replace(/\bnew (import_\w+)((?:\.\w+)+)/g, (all, local: string, path: string) =>
        lookups.has(local) ? `new (${local}${path})` : all,
      )
      .replace(/\bimport_\w+\b/g, local => lookups.get(local) ?? local)
      .replace(DYNAMIC_IMPORT, (_, specifier: string) => {
        const id = idOf(specifier)
        return id === undefined ? `toESM(node("${specifier}"))` : `$(${id})`
      })
  )
}

/** Declarations as expressions in parentheses, at the start because declarations are hoisted. */
function compiledFunctions(body: string): string {
  const found: string[] = []
  const rest = body.replace(FUNCTION, (_, isAsync: string | undefined, name: string, text: string) => {
    found.push(`const ${name} = (${isAsync ?? ''}function ${name}${text});`)
    return ''
  })
  return [...found, rest].join('\n')
}
