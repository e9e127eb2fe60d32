import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import type { BuildOptions, Plugin } from 'esbuild'
import { root } from './root.ts'
import { alignedScript } from './script/aligned-script.ts'
import { type BundledScript, bundledScript, keyOf, lazyModules, OURS } from './script/bundled-script.ts'
import { withCompiledFunctions } from './script/compiled-functions.ts'
import { modulesOfHelp } from './script/help-modules.ts'
import { compiledBeforehand, monitorModules } from './script/monitor-modules.ts'
import { REPEATABLE } from './script/repeatable-sea.ts'

/** The main script's path, the paths of the files that it loads by their names, and the folders of the packages in them, sorted. */
export interface Bundle {
  readonly path: string
  readonly assets: Readonly<Record<string, string>>
  readonly packages: readonly string[]
}

const MAIN = 'vhacs.cjs'

/** What each call of the command needs, help included; what its verbs need; what the other programs need. */
const COMMAND = 'command.cjs'
const VERBS = 'verbs.cjs'
const OTHERS = 'others.cjs'

/** What main.ts imports on use. */
const ENTRIES: ReadonlyMap<string, string> = new Map([
  ['./cli/main.ts', COMMAND],
  ['./handlers/main.ts', OTHERS],
  ['./alert/main.ts', OTHERS],
  ['./fencing/main.ts', OTHERS],
])

/** What agents need besides their plain monitors, and the packages for that. */
const AGENTS = 'agents.cjs'
const ACTION = 'action.cjs'

/** What the main script has: monitors' modules, and what tells the names of the programs. */
const OF_MAIN: ReadonlySet<string> = new Set([...monitorModules, 'handlers/names.ts'].map(name => `./${name}`))

/**
 * Bundles main.ts and its imports into scripts in dist/: the main one, in which modules are evaluated on use and only what monitors
 * evaluate is compiled beforehand, and later ones, each with its code cache (docs/decisions/0080-what-a-monitor-loads.md).
 */
export async function bundle(version: string): Promise<Bundle> {
  const define = { VHACS_VERSION: JSON.stringify(version) }
  const inDist = (file: string) => join(root, 'dist', file)
  const ofHelp = await modulesOfHelp({ define })
  const needed: Needed = new Map()
  const options = (...[where, loader]: [Whereabouts, loader?: string]) => ({
    define,
    plugins: [later(needed, where, loader), loaderWithMain(), lazyModules()],
  })
  const ofMain = {
    modules: (name: string) => ENTRIES.get(name) ?? (OF_MAIN.has(name) ? undefined : AGENTS),
    packages: () => ACTION,
  }
  const main = await bundledScript(
    'require("./main.ts")',
    options(ofMain, `require(${JSON.stringify(LOADER_WITH_MAIN)})`),
  )
  const scripts = new Map<string, BundledScript>()
  scripts.set(
    AGENTS,
    await laterScript(
      namesIn(AGENTS),
      options({ modules: name => (OF_MAIN.has(name) ? MAIN : undefined), packages: () => ACTION }),
    ),
  )
  scripts.set(
    COMMAND,
    await laterScript(ofHelp, options({ modules: name => (ofHelp.has(name) ? undefined : VERBS), packages: scriptOf })),
  )
  scripts.set(
    VERBS,
    await laterScript(
      namesIn(VERBS),
      options({ modules: name => (ofHelp.has(name) ? COMMAND : undefined), packages: scriptOf }),
    ),
  )
  scripts.set(OTHERS, await laterScript(namesIn(OTHERS), options({ modules: () => undefined, packages: scriptOf })))
  for (const file of [...needed.keys()].sort())
    if (file !== MAIN && !scripts.has(file)) scripts.set(file, await laterScript(namesIn(file), {}))
  mkdirSync(inDist('.'), { recursive: true })
  const compiled = await withCompiledFunctions(main.text, compiledBeforehand.map(keyOf))
  writeFileSync(inDist(MAIN), alignedScript(compiled, MAIN))
  for (const [file, { text }] of scripts) writeFileSync(inDist(file), text)
  makeCodeCaches(inDist(MAIN), [...scripts.keys()])
  const assets = [...scripts.keys()].flatMap(file => [file, `${file}.cache`]).map(file => [file, inDist(file)])
  const packages = new Set([...scripts.values()].flatMap(script => script.packages))
  return { path: inDist(MAIN), assets: Object.fromEntries(assets), packages: [...packages].sort() }

  function namesIn(file: string): Iterable<string> {
    // esbuild finds them in any order, but the same sources give the same script
    return [...(needed.get(file) ?? [])].sort()
  }
}

/** A function with parameters of a CommonJS module, which exports these modules by their names, each evaluated on use. */
function laterScript(names: Iterable<string>, options: BuildOptions) {
  return bundledScript(`module.exports = ${exportsOf(names)}`, {
    banner: { js: '(function (exports, require, module, __dirname, laterScript) {' },
    footer: { js: '})' },
    ...options,
  })
}

function exportsOf(names: Iterable<string>): string {
  const getters = [...names].map(name => `get ${JSON.stringify(name)}() { return require(${JSON.stringify(name)}) }`)
  return `{ ${getters.join(', ')} }`
}

/** The script of a package that actions do not need: `ajv-dist-2020.cjs`. */
function scriptOf(name: string): string {
  return `${name.replace(/\.js$/, '').replaceAll('/', '-')}.cjs`
}

/** The later script that has a module of ours, such as `./cli/main.ts`, or a package; undefined for what stays in this one. */
type Whereabouts = Readonly<Record<'modules' | 'packages', (name: string) => string | undefined>>

const LOADER = JSON.stringify(join(root, 'build/script/later-script.cjs'))
/** What the main script has in place of it. */
const LOADER_WITH_MAIN = 'loader with main'

/** What each later script has to export. */
type Needed = Map<string, Set<string>>

/**
 * Replaces what is in another script by what loads it from there, and adds it to what is needed. A later script has the loader as its
 * parameter `laterScript`.
 */
function later(needed: Needed, { modules, packages }: Whereabouts, loader = 'laterScript'): Plugin {
  const resolved = (name: string, file: string | undefined) => {
    if (file === undefined) return undefined
    needed.set(file, (needed.get(file) ?? new Set()).add(name))
    return { path: name, namespace: 'later', pluginData: file }
  }
  return {
    name: 'later scripts',
    setup(build) {
      build.onResolve({ filter: /^[^.:]+(\/[^:]*)?$/ }, ({ path, namespace }) =>
        namespace === OURS ? resolved(path, packages(path)) : undefined,
      )
      build.onResolve({ filter: /^\..*\.ts$/ }, ({ path, resolveDir, namespace }) => {
        const name = `./${relative(root, join(resolveDir, path))}`
        return namespace === OURS ? resolved(name, modules(name)) : undefined
      })
      build.onLoad({ filter: /.*/, namespace: 'later' }, ({ path, pluginData: file }) => ({
        contents: `module.exports = ${loader}(${JSON.stringify(file)})[${JSON.stringify(path)}]`,
        resolveDir: root,
      }))
    },
  }
}

/** Makes the loader that knows the main script as well, for other modules of agents: what both use is evaluated once. */
function loaderWithMain(): Plugin {
  const contents = `const { laterScript, loaded } = require(${LOADER})
loaded[${JSON.stringify(MAIN)}] = ${exportsOf(OF_MAIN)}
module.exports = laterScript`
  return {
    name: 'loader with main',
    setup(build) {
      const filter = new RegExp(`^${LOADER_WITH_MAIN}$`)
      build.onResolve({ filter }, ({ path }) => ({ path, namespace: 'loader' }))
      build.onLoad({ filter, namespace: 'loader' }, () => ({ contents, resolveDir: root }))
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
