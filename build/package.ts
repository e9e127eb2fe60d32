import { readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { agents } from '../agents/all.ts'
import { handlerNames } from '../handlers/names.ts'
import { ALERT_NAME } from '../system/pacemaker/alert-recipient.ts'
import { bundle } from './bundle.ts'
import { makeExecutable } from './executable.ts'
import { notices } from './notices.ts'
import { root } from './root.ts'

/*
 * Builds dist/vhacs, a single executable, and beside it a link with the name of each agent and handler, and the notices of its
 * parts.
 */
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const output = join(root, 'dist/vhacs')

rmSync(join(root, 'dist'), { recursive: true, force: true })
const { path, assets, packages } = await bundle(version)
writeFileSync(join(root, 'dist/NOTICES'), notices(packages))
await makeExecutable(path, output, assets)
for (const name of [...agents.map(agent => agent.name), ...handlerNames, ALERT_NAME])
  symlinkSync('vhacs', join(root, 'dist', name))
