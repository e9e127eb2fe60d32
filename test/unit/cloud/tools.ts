import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/*
 * The tools of a cluster are the host's, or with VHACS_TOOLS_ROOT those of another Debian release, unpacked there by
 * test/debian-root.sh: then the same tests show what these do with a composition.
 */

const ROOT = process.env.VHACS_TOOLS_ROOT ?? ''

/** Whether the tools are not the host's. */
export const runsOtherTools = ROOT !== ''

export interface ToolOptions {
  readonly env: Readonly<Record<string, string>>
  readonly input: string
  readonly timeoutMilliseconds: number
  /** By sudo(8), if the user is not root. */
  readonly asRoot?: boolean
  /** Directories that the tool alone sees elsewhere: by the place, below the root of the tools. For root. */
  readonly mounts?: Readonly<Record<string, string>>
}

/** Runs a tool; arguments, environment and input may name files in a directory made by `inDirectory`. */
export function spawnTool(words: readonly string[], options: ToolOptions): SpawnSyncReturns<string> {
  const { env, input, timeoutMilliseconds: timeout, asRoot = false, mounts = {} } = options
  const seen = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, asSeen(value)]))
  const [tool = '', ...args] = [
    ...throughSudo(seen, asRoot),
    ...inNamespace(mounts),
    ...inRoot(asRoot),
    ...words.map(asSeen),
  ]
  return spawnSync(tool, args, { env: seen, input: asSeen(input), encoding: 'utf8', timeout })
}

const isRoot = process.getuid?.() === 0

/** chroot(8) needs root too. sudo(8) does not pass the environment on. */
function throughSudo(env: Readonly<Record<string, string>>, asRoot: boolean): string[] {
  if (isRoot || (ROOT === '' && !asRoot)) return []
  return ['/usr/bin/sudo', '-n', 'env', ...Object.entries(env).map(pair => pair.join('='))]
}

const MOUNT_EACH = 'while [ "$1" != -- ]; do mount --bind -- "$1" "$2" || exit; shift 2; done; shift; exec "$@"'

/** A mount namespace that ends with the tool. */
function inNamespace(mounts: Readonly<Record<string, string>>): string[] {
  const pairs = Object.entries(mounts).flatMap(([place, directory]) => [directory, ROOT + place])
  if (pairs.length === 0) return []
  return ['/usr/bin/unshare', '--mount', '--propagation=private', 'sh', '-c', MOUNT_EACH, 'sh', ...pairs, '--']
}

/** As the present user, who then owns what a tool writes there. */
function inRoot(asRoot: boolean): string[] {
  if (ROOT === '') return []
  const user = isRoot || asRoot ? [] : [`--userspec=${process.getuid?.()}:${process.getgid?.()}`]
  return ['/usr/sbin/chroot', ...user, ROOT]
}

/** Paths as a tool in the root sees them. */
export function asSeen(text: string): string {
  return ROOT === '' ? text : text.replaceAll(`${ROOT}/`, '/')
}

/** Runs `use` with a temporary directory that tools can reach. */
export function inDirectory<T>(use: (directory: string) => T): T {
  const directory = mkdtempSync(join(ROOT, ROOT === '' ? tmpdir() : '/tmp', 'vhacs-cib-'))
  try {
    return use(directory)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
