import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { type BuildOptions, build, type Plugin } from 'esbuild'
import { root } from '../root.ts'
import { lazyModule } from './lazy-module.ts'

/** The namespace of our modules, where package.json does not say that they are ES modules. */
export const OURS = 'vhacs'

/** The key of a module in the script: `vhacs:ocf/exit.ts`. */
export const keyOf = (module: string) => `${OURS}:${module}`

/** A script in CommonJS, the form from which a single executable starts fastest, and the folders of the packages in it. */
export interface BundledScript {
  readonly text: string
  readonly packages: readonly string[]
}

/** Bundles what `contents`, CommonJS in the root of the checkout, requires. */
export async function bundledScript(contents: string, options: BuildOptions): Promise<BundledScript> {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: root },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    minifySyntax: true,
    minifyWhitespace: true,
    // a precompiled script cannot use import, only require
    supported: { 'dynamic-import': false },
    legalComments: 'none',
    logLevel: 'warning',
    absWorkingDir: root,
    outdir: 'dist',
    ...options,
    metafile: true,
    write: false,
  })
  const modules = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.keys(inputs))
  const packages = modules.flatMap(module => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(module)?.[0] ?? [])
  return { text: outputFiles.map(({ text }) => text).join(''), packages }
}

/** Makes lazy modules of ours. */
export function lazyModules(asCommonJs = lazyModule): Plugin {
  return {
    name: 'lazy modules',
    setup(build) {
      build.onResolve({ filter: /^\..*\.ts$/ }, ({ path, resolveDir }) => ({
        path: relative(root, join(resolveDir, path)),
        namespace: OURS,
      }))
      build.onLoad({ filter: /.*/, namespace: OURS }, async ({ path }) => ({
        contents: await asCommonJs(path, readFileSync(join(root, path), 'utf8')),
        resolveDir: dirname(join(root, path)),
      }))
    },
  }
}
