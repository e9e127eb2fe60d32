import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { BuildOptions, Plugin } from 'esbuild'
import { root } from './root.ts'
import { bundledScript, keyOf, lazyModules, OURS } from './script/bundled-script.ts'
import { withCompiledFunctions } from './script/compiled-functions.ts'
import { compiledBeforehand } from './script/monitor-modules.ts'
import { REPEATABLE } from './script/repeatable-sea.ts'

/** The main script's path, the paths of the files that it loads by their names, and the folders of the packages in them, sorted. */
export interface Bundle {
  readonly path: string
  readonly assets: Readonly<Record<string, string>>
  readonly packages: readonly string[]
}

/** What the command and the handlers are made of. */
const COMMAND = 'command.cjs'
const COMMAND_ENTRIES = ['./cli/main.ts', './handlers/main.ts', './alert/main.ts', './fencing/main.ts']

/** The packages that actions of agents need. */
const ACTION = 'action.cjs'

/** What each call of the command needs, help included; every other package has a script of its own, which is loaded on use. */
const OF_EACH_CALL = ['commander']

/**
 * Bundles main.ts and its imports into scripts in dist/: the main one, in which modules are evaluated on use and only what monitors
 * evaluate is compiled beforehand, and later ones, each with its code cache (docs/decisions/0080-what-a-monitor-loads.md).
 */
export async function bundle(version: string): Promise<Bundle> {
  const define = { VHACS_VERSION: JSON.stringify(version) }
  const inDist = (file: string) => join(root, 'dist', file)
  const [ofActions, ofCommand] = [new Set<string>(), new Set<string>()]
  const actionScript = later(ofActions, name => (COMMAND_ENTRIES.includes(name) ? COMMAND : ACTION))
  const main = await bundledScript('require("./main.ts")', { define, plugins: [actionScript, lazyModules()] })
  const ownScripts = later(ofCommand, scriptOf)
  const scripts = new Map([
    [COMMAND, await laterScript(COMMAND_ENTRIES, { define, plugins: [ownScripts, lazyModules()] })],
    [ACTION, await laterScript([...ofActions], {})],
  ])
  for (const name of [...ofCommand].sort()) scripts.set(scriptOf(name), await laterScript([name], {}))
  mkdirSync(inDist('.'), { recursive: true })
  writeFileSync(inDist('vhacs.cjs'), await withCompiledFunctions(main.text, compiledBeforehand.map(keyOf)))
  for (const [file, { text }] of scripts) writeFileSync(inDist(file), text)
  makeCodeCaches(inDist('vhacs.cjs'), [...scripts.keys()])
  const assets = [...scripts.keys()].flatMap(file => [file, `${file}.cache`]).map(file => [file, inDist(file)])
  const packages = new Set([...scripts.values()].flatMap(script => script.packages))
  return { path: inDist('vhacs.cjs'), assets: Object.fromEntries(assets), packages: [...packages].sort() }
}

/** A function with parameters of a CommonJS module, which exports these modules by their names, each evaluated on use. */
function laterScript(names: readonly string[], options: BuildOptions) {
  const getters = names.map(name => `get ${JSON.stringify(name)}() { return require(${JSON.stringify(name)}) }`)
  return bundledScript(`module.exports = { ${getters.join(', ')} }`, {
    banner: { js: '(function (exports, require, module, __dirname) {' },
    footer: { js: '})' },
    ...options,
  })
}

/** The script of a package that only the command needs: `ajv-dist-2020.cjs`. */
function scriptOf(name: string): string {
  return `${name.replace(/\.js$/, '').replaceAll('/', '-')}.cjs`
}

/**
 * Replaces packages, which it adds to `needed`, and the entries of the command's script by what loads them from a later script, whose
 * name `fileOf` knows.
 */
function later(needed: Set<string>, fileOf: (name: string) => string): Plugin {
  const loader = JSON.stringify(join(root, 'build/script/later-script.cjs'))
  return {
    name: 'later scripts',
    setup(build) {
      build.onResolve({ filter: /^[^.:]+(\/[^:]*)?$/ }, ({ path, namespace }) => {
        if (namespace !== OURS || OF_EACH_CALL.includes(path)) return undefined
        needed.add(path)
        return { path, namespace: 'later', pluginData: fileOf(path) }
      })
      build.onResolve({ filter: /^\.\// }, ({ path }) =>
        COMMAND_ENTRIES.includes(path) && fileOf(path) === COMMAND
          ? { path, namespace: 'later', pluginData: COMMAND }
          : undefined,
      )
      build.onLoad({ filter: /.*/, namespace: 'later' }, ({ path, pluginData: file }) => ({
        contents: `module.exports = require(${loader}).laterScript(${JSON.stringify(file)})[${JSON.stringify(path)}]`,
        resolveDir: root,
      }))
    },
  }
}

function makeCodeCaches(main: string, later: readonly string[]): void {
  const { status } = spawnSync(
    process.execPath,
    [REPEATABLE, join(root, 'build/script/code-caches.ts'), main, ...later],
    {
      argv0: 'vhacs',
      // what is compiled must not depend on the environment
      env: {},
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  )
  if (status !== 0) throw new Error(`the scripts in ${dirname(main)} do not run`)
}
