import { Missing, type System, type Tool } from '../../../system/system.ts'

const stat: Tool = { name: 'stat', package: 'coreutils' }

/** The kernel answers at once; a server that does not respond makes the caller wait indefinitely. */
const TIMEOUT_SECONDS = 2

/** The number of paths that are looked up at once: each lookup that waits for a server is a process. */
const AT_ONCE = 20

/** Stands for a path that leads nowhere, in place of a file system. */
export const NOWHERE = 'nowhere'

/**
 * The file systems (`major:minor`) that paths lead to, as far as the kernel knows them without querying a server. Any user can use
 * a file system of his own (FUSE) whose server never answers, which would block this process for ever. So tools that can be
 * abandoned do the lookup, with AT_STATX_DONT_SYNC.
 * @returns NOWHERE for a path that leads nowhere; no entry for a path whose file system is unknown.
 */
export async function fileSystemsAt(
  system: System,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (let first = 0; first < paths.length; first += AT_ONCE) {
    const some = paths.slice(first, first + AT_ONCE)
    const answers = await Promise.all(some.map(path => fileSystemAt(system, path, signal)))
    for (const [index, path] of some.entries()) {
      const fileSystem = answers[index]
      if (fileSystem !== undefined) found.set(path, fileSystem)
    }
  }
  return found
}

async function fileSystemAt(system: System, path: string, signal: AbortSignal): Promise<string | undefined> {
  const args = ['--dereference', '--cached=always', '--format=%Hd:%Ld', '--', path]
  try {
    const { status, stdout, stderr } = await system.run(stat, args, {
      signal,
      timeoutSeconds: TIMEOUT_SECONDS,
      looks: true,
    })
    if (status === 0) return stdout.trim()
    return / (No such file or directory|Not a directory)$/.test(stderr.trimEnd()) ? NOWHERE : undefined
  } catch (error) {
    if (error instanceof Missing) return undefined
    throw error
  }
}
