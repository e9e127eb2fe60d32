import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Script } from 'node:vm'

/*
 * Writes the code caches of the later scripts: node code-caches.ts MAIN LATER..., called as vhacs. A code cache contains the
 * functions that V8 has compiled by then. So this runs "vhacs --help", and evaluates all packages. Nothing is evaluated of the other
 * scripts of ours, which are larger than what one call needs of them: reading their compiled form would take longer than compiling that.
 */
const [main = '', ...files] = process.argv.slice(2)
const directory = dirname(main)
const scripts = new Map<string, Script>()

class RecordedScript extends Script {
  constructor(text: string, { filename }: { readonly filename: string }) {
    super(text, { filename })
    scripts.set(filename, this)
  }
}

const nodeRequire = createRequire(import.meta.url)
const instead: Readonly<Record<string, unknown>> = {
  'node:vm': { Script: RecordedScript },
  'node:sea': {
    isSea: () => true,
    getRawAsset: (name: string) => (name.endsWith('.cache') ? '' : readFileSync(join(directory, name))),
  },
}
const ownRequire = (name: string) => instead[name] ?? nodeRequire(name)

process.on('exit', () => {
  for (const file of files) {
    if (!scripts.has(file)) evaluate(file)
    writeFileSync(join(directory, `${file}.cache`), scripts.get(file)?.createCachedData() ?? '')
  }
})

process.argv = [process.execPath, 'vhacs', '--help']
const program = new Script(`(function (require, module, __dirname) {${readFileSync(main, 'latin1')}\n})`)
program.runInThisContext()(ownRequire, { exports: {} }, directory)

function evaluate(file: string): void {
  const script = new RecordedScript(readFileSync(join(directory, file), 'latin1'), { filename: file })
  const module: { readonly exports: Readonly<Record<string, unknown>> } = { exports: {} }
  script.runInThisContext()(module.exports, nodeRequire, module, directory)
  // a package is evaluated when it is read
  for (const name of Object.keys(module.exports)) if (!name.startsWith('./')) module.exports[name]
}
