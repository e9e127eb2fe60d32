import { build } from 'esbuild'
import { root } from '../root.ts'

/** A package with all that it needs, as the text of a function of that name that returns its exports; the folders of all packages in it. */
export async function packageScript(name: string, functionName: string) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: `module.exports = require(${JSON.stringify(name)})`, resolveDir: root },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    minifySyntax: true,
    supported: { 'dynamic-import': false },
    legalComments: 'none',
    write: false,
    outdir: 'none',
    metafile: true,
    absWorkingDir: root,
    logLevel: 'warning',
  })
  const files = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.keys(inputs))
  const packages = files.flatMap(file => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? [])
  const text = `function ${functionName}() {
const module = { exports: {} };
let exports = module.exports;
${outputFiles.map(({ text }) => text).join('\n')}
return module.exports;
}`
  return { text, packages }
}
