import { join } from 'node:path'
import { build } from 'esbuild'
import { root } from './root.ts'

/**
 * Bundles main.ts with everything it imports into one CommonJS file, the form that a single executable starts fastest
 * from; what is imported dynamically stays unevaluated until then. Returns the file's path.
 */
export async function bundle(version: string): Promise<string> {
  const outfile = join(root, 'dist/vhacs.cjs')
  await build({
    entryPoints: [join(root, 'main.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    minifySyntax: true,
    // a script that was compiled beforehand cannot import, only require
    supported: { 'dynamic-import': false },
    legalComments: 'none',
    define: { VHACS_VERSION: JSON.stringify(version) },
    logLevel: 'warning',
  })
  return outfile
}
