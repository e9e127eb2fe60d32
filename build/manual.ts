import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { agents } from '../agents/all.ts'
import { bashCompletion } from '../cli/command/completion/bash.ts'
import { zshCompletion } from '../cli/command/completion/zsh.ts'
import { manPage } from '../cli/command/man-page.ts'
import { nouns } from '../cli/nouns.ts'
import { FENCE_AGENT } from '../system/pacemaker/fencing/sbd.ts'
import { agentPage } from './manual/agent-page.ts'
import { cloudsPage } from './manual/clouds-page.ts'
import { confExample, confPage } from './manual/conf-page.ts'
import { fencePage } from './manual/fence-page.ts'
import { root } from './root.ts'

/*
 * Writes the manual pages, the completions and the example of vhacs.conf; with --check it writes nothing, and fails if one of them is
 * not current.
 */
const wanted = [
  ['docs/man/vhacs.8', manPage(nouns)],
  ['docs/man/vhacs.conf.5', confPage()],
  ['docs/man/vhacs-clouds.5', cloudsPage()],
  ...agents.map(agent => [`docs/man/ocf_vhacs_${agent.name}.7`, agentPage(agent)] as const),
  [`docs/man/${FENCE_AGENT}.8`, fencePage()],
  ['docs/completion/vhacs', bashCompletion(nouns)],
  ['docs/completion/_vhacs', zshCompletion(nouns)],
  ['debian/vhacs.conf', confExample()],
] as const

const present = (file: string) => (existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : undefined)

if (process.argv.includes('--check')) {
  const stale = wanted.filter(([file, text]) => present(file) !== text)
  for (const [file] of stale) process.stderr.write(`${file} is not current: run "make manual"\n`)
  process.exitCode = stale.length > 0 ? 1 : 0
} else {
  for (const [file, text] of wanted) writeFileSync(join(root, file), text)
}
