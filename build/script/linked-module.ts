import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { transform } from 'esbuild'
import { root } from '../root.ts'
import { asCommonJs, functionName, moduleFunction } from './module-function.ts'
import type { ProgramModule } from './module-graph.ts'
import { monitorModules } from './monitor-modules.ts'
import { packageScript } from './package-script.ts'

/** The text of a module's function, and the folders of the packages in it. */
export interface Linked {
  readonly text: string
  readonly packages: readonly string[]
}

/** Compiled at the first call of each function: monitors of all other agents would read their compiled form for nothing. */
const OF_ONE_AGENT = /^(agents\/.+\/|system\/(drbd|lio|iscsi)\/)/

export async function linkedModule(
  { name, isPackage, imports }: ProgramModule,
  ids: ReadonlyMap<string, number>,
  version: string,
): Promise<Linked> {
  if (isPackage) return packageScript(name, functionName(name))
  const source = readFileSync(join(root, name), 'utf8')
  // what it is changed to would not be seen
  if (/^export (let|var) /m.test(source)) throw new Error(`${name} exports a variable: export a function instead`)
  // the export makes esbuild write even main.ts as a module
  const { code } = await transform(`${source}\nexport {}`, {
    ...asCommonJs,
    define: { VHACS_VERSION: JSON.stringify(version) },
    sourcefile: name,
  })
  const idOf = (specifier: string) => ids.get(imports.get(specifier) ?? '')
  const isCompiled = monitorModules.includes(name) && !OF_ONE_AGENT.test(name)
  return { text: moduleFunction(name, code, { idOf, isCompiled }), packages: [] }
}
