import { Missing, type System, type Tool } from '../../../system/system.ts'

const stat: Tool = { name: 'stat', package: 'coreutils' }

/** The kernel knows at once; a server that does not respond makes it wait for as long as it wants to. */
const TIMEOUT_SECONDS = 2

/** So many paths are asked for at once: of those that wait for a server, each is a process. */
const AT_ONCE = 20

/** In place of a file system: there is nothing at the path. */
export const NOWHERE = 'nowhere'

/**
 * The file systems (`major:minor`) that paths lead to, as far as the kernel knows them without asking a server. Any user can be in
 * a file system of his own (FUSE) whose server never answers, and would keep this process for ever: so tools look that can be
 * abandoned, by AT_STATX_DONT_SYNC.
 * @returns NOWHERE for a path that leads nowhere; nothing for one of which that is not known.
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
