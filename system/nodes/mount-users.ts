import { containerIn, unitIn } from '../nspawn/containers.ts'
import { UNIT_PREFIX } from '../nspawn/unit.ts'
import { isAtOrBelow } from '../proc/mount-namespaces.ts'
import type { System } from '../system.ts'
import { KERNEL_USE_FILES, parseKernelUses } from '../usage/kernel-users.ts'
import { runScriptOn, script } from './script.ts'

/** The users of a file system that is mounted on a node. */
export interface MountUsers {
  /** Numbers of the processes that have a file of it open or mapped, or use a directory of it as root or cwd. */
  readonly pids: readonly string[]
  /** Names of the containers of our agent whose processes these are; the numbers above are those of processes in none. */
  readonly containers: readonly string[]
  /** Names of other containers, such as one that was started by hand. */
  readonly otherContainers: readonly string[]
  /** One process of each other mount namespace in which it is mounted privately. */
  readonly namespaces: readonly string[]
  /** The kernel's own uses of it, each as a short phrase: it cannot be unmounted until they end. */
  readonly kernel: readonly string[]
}

/**
 * $1 is the directory, $2 the same as a pattern for find. Reads only links and files in /proc and /sys, never the file system
 * itself, which may hang. A mount without tags in mountinfo is private: unmounting it in our namespace leaves it mounted.
 */
const SCRIPT = script`
device=$(findmnt --noheadings --output MAJ:MIN --mountpoint "$1" | tail -n 1 | tr -d ' ')
[ -n "$device" ] || exit 0
grep -sHZ '' ${KERNEL_USE_FILES} | tr '\\0' '\\t'
find /proc -maxdepth 3 \\( -path '/proc/[0-9]*/cwd' -o -path '/proc/[0-9]*/root' -o -path '/proc/[0-9]*/exe' \\
    -o -path '/proc/[0-9]*/fd/*' -o -path '/proc/[0-9]*/map_files/*' \\) \\
    \\( -lname "$2" -o -lname "$2/*" \\) -printf 'process %h\\n'
grep -sHE '/(${UNIT_PREFIX}|machine-|systemd-nspawn@)' /proc/[0-9]*/cgroup
own=$(readlink /proc/self/ns/mnt)
for list in $(grep -lsE "^[0-9]+ [0-9]+ $device [^ ]+ [^ ]+ [^ ]+ - " /proc/[0-9]*/mountinfo); do
    space=$(readlink "\${list%mountinfo}ns/mnt") && [ "$space" != "$own" ] && echo "namespace $list $space"
done
exit 0
`

/**
 * The users of the file system mounted on a directory of a node; none if nothing is mounted there. @throws ToolFailed when it is
 * unreachable.
 */
export async function mountUsersOn(system: System, node: string, directory: string): Promise<MountUsers> {
  // find expects a pattern, not a name
  const pattern = directory.replace(/[\\*?[\]]/g, '\\$&')
  const call = { text: SCRIPT, values: [directory, pattern], looks: true, timeoutSeconds: 60 } as const
  return parseMountUsers((await runScriptOn(system, node, call)).stdout, directory)
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
  const pids = [...new Set(lines.flatMap(line => /^process \/proc\/(\d+)/.exec(line)?.[1] ?? []))]
  const container = containersByPid(lines)
  const others = spaces.filter(([, pid]) => !container.has(pid))
  const used = [...pids, ...spaces.map(([, pid]) => pid)].flatMap(pid => container.get(pid) ?? [])
  const [own, foreign] = [true, false].map(isOwn => used.filter(found => found.isOwn === isOwn).map(({ name }) => name))
  return {
    pids: pids.filter(pid => !container.has(pid)),
    containers: [...new Set(own)],
    otherContainers: [...new Set(foreign)],
    namespaces: [...new Map(others.toReversed()).values()].toReversed(),
    kernel: uses.map(({ what }) => what),
  }
}

/** The containers that processes of the node belong to, by their control groups. */
function containersByPid(
  lines: readonly string[],
): ReadonlyMap<string, { readonly name: string; readonly isOwn: boolean }> {
  const pairs = lines.flatMap(line => {
    const [, pid, path = ''] = /^\/proc\/(\d+)\/cgroup:[^/]*(\/.*)$/.exec(line) ?? []
    const unit = unitIn(path)
    const name = unit && containerIn(unit)
    return pid !== undefined && unit !== undefined && name !== undefined
      ? [[pid, { name, isOwn: unit.startsWith(UNIT_PREFIX) }] as const]
      : []
  })
  return new Map(pairs)
}
