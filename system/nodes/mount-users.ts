import { isAtOrBelow } from '../proc/mount-namespaces.ts'
import type { System } from '../system.ts'
import { KERNEL_USE_FILES, parseKernelUses } from '../usage/kernel-users.ts'
import { runOn } from './ssh.ts'

/** What uses a file system that is mounted on a node. */
export interface MountUsers {
  /** Numbers of the processes that have something of it open, mapped or as their own directory. */
  readonly pids: readonly string[]
  /** Of each other mount namespace that keeps it mounted for itself, a process. */
  readonly namespaces: readonly string[]
  /** What the kernel itself uses of it, each in a few words: as long as that is so it cannot be unmounted. */
  readonly kernel: readonly string[]
}

/**
 * $1 is the directory, $2 the same as a pattern of find. Reads links and texts of the kernel only, never the file system itself,
 * which may hang. A mount without tags in mountinfo is private: it does not go with the one in our namespace.
 */
const SCRIPT = `
device=$(findmnt --noheadings --output MAJ:MIN --mountpoint "$1" | tail -n 1 | tr -d ' ')
[ -n "$device" ] || exit 0
grep -sHZ '' ${KERNEL_USE_FILES} | tr '\\0' '\\t'
find /proc -maxdepth 3 \\( -path '/proc/[0-9]*/cwd' -o -path '/proc/[0-9]*/root' -o -path '/proc/[0-9]*/exe' \\
    -o -path '/proc/[0-9]*/fd/*' -o -path '/proc/[0-9]*/map_files/*' \\) \\
    \\( -lname "$2" -o -lname "$2/*" \\) -printf 'process %h\\n'
own=$(readlink /proc/self/ns/mnt)
for list in $(grep -lsE "^[0-9]+ [0-9]+ $device [^ ]+ [^ ]+ [^ ]+ - " /proc/[0-9]*/mountinfo); do
    space=$(readlink "\${list%mountinfo}ns/mnt") && [ "$space" != "$own" ] && echo "namespace $list $space"
done
exit 0
`

/** Who uses what is mounted on a directory of a node; nobody where nothing is. @throws ToolFailed when it does not answer. */
export async function mountUsersOn(system: System, node: string, directory: string): Promise<MountUsers> {
  // find takes a pattern where we mean a name
  const pattern = directory.replace(/[\\*?[\]]/g, '\\$&')
  const options = { input: SCRIPT, looks: true, timeoutSeconds: 60 } as const
  return parseMountUsers((await runOn(system, node, ['sh', '-s', '--', directory, pattern], options)).stdout, directory)
}

export function parseMountUsers(text: string, directory: string): MountUsers {
  const lines = text.split('\n')
  const files = Map.groupBy(
    lines.filter(line => line.includes('\t')),
    line => line.slice(0, line.indexOf('\t')),
  )
  const texts = [...files].map(([path, found]): [string, string] => [
    path,
    found.map(line => line.slice(path.length + 1)).join('\n'),
  ])
  const uses = parseKernelUses(new Map(texts)).filter(({ path }) => isAtOrBelow(path, directory))
  const spaces = lines.flatMap(line => {
    const [, pid, space] = /^namespace \/proc\/(\d+)\/mountinfo (\S+)$/.exec(line) ?? []
    return pid !== undefined && space !== undefined ? [[space, pid] as const] : []
  })
  return {
    pids: [...new Set(lines.flatMap(line => /^process \/proc\/(\d+)/.exec(line)?.[1] ?? []))],
    namespaces: [...new Map(spaces.toReversed()).values()].toReversed(),
    kernel: uses.map(({ what }) => what),
  }
}
