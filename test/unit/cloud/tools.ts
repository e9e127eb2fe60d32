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
  /** By sudo(8), if this user is not root. */
  readonly asRoot?: boolean
}

/** Runs a tool; arguments, environment and input may name files in a directory made by `inDirectory`. */
export function spawnTool(words: readonly string[], options: ToolOptions): SpawnSyncReturns<string> {
  const { env, input, timeoutMilliseconds: timeout, asRoot = false } = options
  const seen = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, asSeen(value)]))
  const [tool = '', ...args] = [...throughSudo(seen, asRoot), ...inRoot(asRoot), ...words.map(asSeen)]
  return spawnSync(tool, args, { env: seen, input: asSeen(input), encoding: 'utf8', timeout })
}

const isRoot = process.getuid?.() === 0

/** chroot(8) needs it too. sudo(8) passes no environment on. */
function throughSudo(env: Readonly<Record<string, string>>, asRoot: boolean): string[] {
  if (isRoot || (ROOT === '' && !asRoot)) return []
  return ['/usr/bin/sudo', '-n', 'env', ...Object.entries(env).map(pair => pair.join('='))]
}

/** What a tool writes there is this user's. */
function inRoot(asRoot: boolean): string[] {
  if (ROOT === '') return []
  const user = isRoot || asRoot ? [] : [`--userspec=${process.getuid?.()}:${process.getgid?.()}`]
  return ['/usr/sbin/chroot', ...user, ROOT]
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
