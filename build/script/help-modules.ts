import { spawnSync } from 'node:child_process'
import type { BuildOptions } from 'esbuild'
import { bundledScript, lazyModules } from './bundled-script.ts'
import { lazyModule } from './lazy-module.ts'
import { REPEATABLE } from './repeatable-sea.ts'

/**
 * The modules that `vhacs --help` evaluates, such as `./cli/vhacs.ts`: what each call of the command needs before it knows its verb.
 * @throws Error if it fails
 */
export async function modulesOfHelp(options: BuildOptions): Promise<ReadonlySet<string>> {
  const recorded = async (name: string, source: string) =>
    `evaluated.push(${JSON.stringify(name)});${await lazyModule(name, source)}`
  const { text } = await bundledScript(`require('./cli/main.ts').runAsCommand()`, {
    ...options,
    plugins: [lazyModules(recorded)],
    // none of them is needed
    packages: 'external',
  })
  const program = `const evaluated = []
process.on('exit', () => require('node:fs').writeSync(3, evaluated.join('\\n')))
${text}`
  const { status, output } = spawnSync(process.execPath, [REPEATABLE, '--input-type=commonjs', '-', '--help'], {
    input: program,
    stdio: ['pipe', 'ignore', 'inherit', 'pipe'],
    encoding: 'utf8',
    env: {},
  })
  const names = output[3]?.split('\n') ?? []
  if (status !== 0 || !names.includes('cli/vhacs.ts')) throw new Error('the help of the command does not run')
  return new Set(names.map(name => `./${name}`))
}
