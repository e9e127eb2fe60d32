import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from './root.ts'
import { type Linked, linkedModule } from './script/linked-module.ts'
import { laterScript, mainScript } from './script/loader.ts'
import { moduleGraph, type ProgramModule } from './script/module-graph.ts'

/** The main script's path, the paths of the files that it loads by their names, and the folders of the packages in them, sorted. */
export interface Bundle {
  readonly path: string
  readonly assets: Readonly<Record<string, string>>
  readonly packages: readonly string[]
}

const ENTRY = 'main.ts'

/** Everything that agents are made of, but the packages that an action needs; the command, the handlers, and their packages. */
const SCRIPTS = ['vhacs.cjs', 'action.cjs', 'command.cjs'] as const

/**
 * Links main.ts and its imports to scripts in dist/: the main one, in which only what a monitor evaluates is compiled beforehand, and
 * later ones, each with its code cache (docs/decisions/0080-what-a-monitor-loads.md).
 */
export async function bundle(version: string): Promise<Bundle> {
  const placed = scriptsOf(await moduleGraph(ENTRY))
  const modules = SCRIPTS.flatMap(file => placed[file] ?? [])
  const ids = new Map(modules.map(({ name }, id) => [name, id]))
  const linked = new Map<ProgramModule, Linked>()
  for (const module of modules) linked.set(module, await linkedModule(module, ids, version))
  const functionsOf = (file: (typeof SCRIPTS)[number]) =>
    (placed[file] ?? []).map(module => linked.get(module)?.text ?? '')
  const [first, ...later] = SCRIPTS
  const starts = later.map(file => ({ file, firstId: modules.findIndex(module => placed[file]?.includes(module)) }))
  const path = join(root, 'dist', first)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, mainScript(functionsOf(first), starts, ids.get(ENTRY) ?? -1))
  for (const file of later) writeFileSync(join(root, 'dist', file), laterScript(functionsOf(file)))
  makeCodeCaches(path, later)
  const assets = later.flatMap(file => [file, `${file}.cache`]).map(file => [file, join(root, 'dist', file)])
  const packages = new Set([...linked.values()].flatMap(({ packages }) => packages))
  return { path, assets: Object.fromEntries(assets), packages: [...packages].sort() }
}

function scriptsOf(modules: readonly ProgramModule[]): Partial<Record<string, ProgramModule[]>> {
  const isMain = ({ name, isPackage }: ProgramModule) =>
    !isPackage && /^(main\.ts$|(agents|ocf)\/|system\/(?!nodes\/))/.test(name)
  const ofAgents = new Set(modules.filter(isMain).flatMap(({ imports }) => [...imports.values()]))
  const [main, action, command] = SCRIPTS
  return Object.groupBy(modules, module => {
    if (isMain(module)) return main
    return module.isPackage && ofAgents.has(module.name) ? action : command
  })
}

function makeCodeCaches(main: string, later: readonly string[]): void {
  const { status } = spawnSync(process.execPath, [join(root, 'build/script/code-caches.ts'), main, ...later], {
    argv0: 'vhacs',
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (status !== 0) throw new Error(`the scripts in ${dirname(main)} do not run`)
}
