import { readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { agents } from '../agents/all.ts'
import { handlerNames } from '../handlers/names.ts'
import { ALERT_NAME } from '../system/pacemaker/alert-recipient.ts'
import { FENCE_AGENT } from '../system/pacemaker/fencing/sbd.ts'
import { bundle } from './bundle.ts'
import { makeExecutable } from './executable.ts'
import { debianCopyright } from './parts/copyright.ts'
import { notices } from './parts/notices.ts'
import { billOfMaterials } from './parts/sbom.ts'
import { root } from './root.ts'

/*
 * Builds dist/vhacs, a single executable, and beside it a link with the name of each agent, handler and other program, the notices and the bill of
 * materials of its parts, and the copyright file of the Debian package. With --strip, the executable has no symbols.
 */
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const output = join(root, 'dist/vhacs')
const inDist = (file: string) => join(root, 'dist', file)

rmSync(join(root, 'dist'), { recursive: true, force: true })
const { path, assets, packages } = await bundle(version)
writeFileSync(inDist('NOTICES'), notices(packages))
writeFileSync(inDist('vhacs.cdx.json'), billOfMaterials(version, packages))
writeFileSync(inDist('copyright'), debianCopyright(packages))
await makeExecutable({ script: path, assets, isStripped: process.argv.includes('--strip') }, output)
for (const name of [...agents.map(agent => agent.name), ...handlerNames, ALERT_NAME, FENCE_AGENT])
  symlinkSync('vhacs', inDist(name))
