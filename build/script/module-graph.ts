import { join } from 'node:path'
import { build } from 'esbuild'
import { root } from '../root.ts'

/** A file of ours, or a package, that the program can reach. */
export interface ProgramModule {
  /** From the root of the checkout: `ocf/exit.ts`; or the name by which a package is imported: `execa`. */
  readonly name: string
  readonly isPackage: boolean
  /** What its imports mean: the text after `from` to the name of a module. Modules of Node.js are not in it. */
  readonly imports: ReadonlyMap<string, string>
}

/** All modules that `entry` reaches, statically or dynamically, packages last. */
export async function moduleGraph(entry: string): Promise<ProgramModule[]> {
  const { metafile } = await build({
    entryPoints: [join(root, entry)],
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    // this only follows the imports: a name that nobody uses is still imported
    treeShaking: false,
    write: false,
    outdir: 'none',
    metafile: true,
    absWorkingDir: root,
    logLevel: 'warning',
  })
  const files = Object.entries(metafile.inputs).map(([name, { imports }]): ProgramModule => {
    const known = imports.filter(({ path }) => !path.startsWith('node:'))
    return { name, isPackage: false, imports: new Map(known.map(({ path, original }) => [original ?? path, path])) }
  })
  const external = Object.values(metafile.inputs).flatMap(({ imports }) =>
    imports.flatMap(({ path, external }) => (external && !path.startsWith('node:') ? [path] : [])),
  )
  return [...files, ...[...new Set(external)].map(name => ({ name, isPackage: true, imports: new Map() }))]
}
