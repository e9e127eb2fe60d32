import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/*
 * The cluster's tools are this machine's, or with VHACS_TOOLS_ROOT those of another Debian, which test/debian-root.sh has unpacked
 * there: then the same tests show what these make of a composition.
 */

const ROOT = process.env.VHACS_TOOLS_ROOT ?? ''

/** Whether the tools are not this machine's. */
export const runsOtherTools = ROOT !== ''

export interface ToolOptions {
  readonly env: Readonly<Record<string, string>>
  readonly input: string
  readonly timeoutMilliseconds: number
}

/** Runs a tool; arguments, environment and input may name files in a directory made by `inDirectory`. */
export function spawnTool(words: readonly string[], options: ToolOptions): SpawnSyncReturns<string> {
  const { env, input, timeoutMilliseconds: timeout } = options
  const seen = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, asSeen(value)]))
  const [tool = '', ...args] = [...(ROOT === '' ? [] : ['/usr/sbin/chroot', ROOT]), ...words.map(asSeen)]
  return spawnSync(tool, args, { env: seen, input: asSeen(input), encoding: 'utf8', timeout })
}

/** Paths as a tool in the root sees them. */
function asSeen(text: string): string {
  return ROOT === '' ? text : text.replaceAll(`${ROOT}/`, '/')
}

/** A directory that a tool can be told of, for the time of `use`. */
export function inDirectory<T>(use: (directory: string) => T): T {
  const directory = mkdtempSync(join(ROOT, ROOT === '' ? tmpdir() : '/tmp', 'vhacs-cib-'))
  try {
    return use(directory)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
