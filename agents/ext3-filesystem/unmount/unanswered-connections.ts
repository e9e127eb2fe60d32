import { listNames, readLine } from '../../../system/files.ts'
import { type Namespace, namespaces } from '../../../system/proc/mount-namespaces.ts'
import type { Mount } from '../../../system/proc/mountinfo.ts'
import { ifAlive, processLink } from '../../../system/proc/processes.ts'
import type { System } from '../../../system/system.ts'

/** Contains a directory for each connection to a server in user space, named by the number of its device. */
const CONNECTIONS = '/sys/fs/fuse/connections'

/** Where the kernel waits for such a server; in other places a process may wait for another process that waits for one. */
const IN_FUSE = /^(request_wait_answer|fuse_)/

/**
 * The files that abort the connections to servers for which a process with these threads may be waiting, unreachable by signals:
 * connections with unanswered requests, of the file systems in its mount namespace if it waits in FUSE itself, otherwise of those
 * that users have mounted.
 * @see https://docs.kernel.org/filesystems/fuse/fuse.html, "Control filesystem"
 */
export function unansweredConnections(system: System, threads: readonly string[]): string[] {
  const blocked = threads.filter(thread => /^State:\tD/m.test(ifAlive(() => system.read(`${thread}/status`)) ?? ''))
  if (blocked.length === 0) return []
  const waits = blocked.some(thread => IN_FUSE.test(ifAlive(() => system.read(`${thread}/wchan`)) ?? ''))
  const links = new Set(threads.map(thread => processLink(system, `${thread}/ns/mnt`)))
  const mounts = namespaces(system).flatMap(space => space.mounts.map(mount => ({ mount, space })))
  const isSuspect = ({ mount, space }: { readonly mount: Mount; readonly space: Namespace }) =>
    (waits && links.has(space.link)) || !space.isOwn || !mount.superOptions.includes('user_id=0')
  return listNames(system, CONNECTIONS)
    .filter(name => Number(readLine(system, `${CONNECTIONS}/${name}/waiting`)) > 0)
    .filter(name => {
      const found = mounts.filter(({ mount }) => deviceName(mount) === name)
      return found.length === 0 || found.some(isSuspect)
    })
    .map(name => `${CONNECTIONS}/${name}/abort`)
}

/** The kernel's MKDEV, as a decimal number. */
function deviceName({ device }: Mount): string {
  const [major = 0, minor = 0] = device.split(':').map(Number)
  return String(major * 2 ** 20 + minor)
}
