import { transform } from '@swc/core'
import { withDirectNames } from './direct-names.ts'

/** By name and source: several scripts have a module, or may have it. */
const made = new Map<string, Promise<string>>()

/**
 * A module of ours as a CommonJS module that evaluates what it imports when it first uses one of the names, Node.js's own modules
 * included. That is right because our modules only define their names, and their imports have no cycles.
 */
export function lazyModule(name: string, source: string): Promise<string> {
  const key = JSON.stringify([name, source])
  const module = made.get(key) ?? makeLazyModule(name, source)
  made.set(key, module)
  return module
}

async function makeLazyModule(name: string, source: string): Promise<string> {
  const { code } = await transform(source, {
    filename: name,
    swcrc: false,
    configFile: false,
    isModule: true,
    jsc: { target: 'es2024', parser: { syntax: 'typescript' }, transform: { verbatimModuleSyntax: true } },
    module: { type: 'commonjs', lazy: importedFrom(source), importInterop: 'swc', ignoreDynamic: true },
  })
  return withDirectNames(code)
}

/** The texts after `from`: swc would evaluate modules of ours at once, if they were not named. */
function importedFrom(source: string): string[] {
  return [...new Set([...source.matchAll(/\bfrom '([^']+)'/g)].map(([, from = '']) => from))]
}
