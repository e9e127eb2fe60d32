import { join } from 'node:path'
import { build } from 'esbuild'
import { root } from './root.ts'

/** The bundle's path, and the folders of the packages that are in it, sorted. */
export interface Bundle {
  readonly path: string
  readonly packages: readonly string[]
}

/**
 * Bundles main.ts and its imports into one CommonJS file, the form from which a single executable starts fastest; dynamic imports
 * are evaluated only on use.
 */
export async function bundle(version: string): Promise<Bundle> {
  const outfile = join(root, 'dist/vhacs.cjs')
  const { metafile } = await build({
    entryPoints: [join(root, 'main.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    minifySyntax: true,
    // a precompiled script cannot use import, only require
    supported: { 'dynamic-import': false },
    legalComments: 'none',
    define: { VHACS_VERSION: JSON.stringify(version) },
    logLevel: 'warning',
    metafile: true,
    absWorkingDir: root,
  })
  const modules = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.keys(inputs))
  const packages = modules.flatMap(module => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(module)?.[0] ?? [])
  return { path: outfile, packages: [...new Set(packages)].sort() }
}
