import { isAtOrBelow } from '../../../system/proc/mount-namespaces.ts'
import { mountInfo } from '../../../system/proc/mountinfo.ts'
import type { System } from '../../../system/system.ts'
import { kernelUses } from '../../../system/usage/kernel-users.ts'

/**
 * The kernel's own uses of the file system on a device (`major:minor`), such as a swap file, which have no process to terminate.
 */
export function kernelUsers(system: System, device: string): string[] {
  const mounts = mountInfo(system).filter(mount => mount.device === device)
  return kernelUses(system)
    .filter(({ path }) => mounts.some(({ mountPoint }) => isAtOrBelow(path, mountPoint)))
    .map(({ what }) => what)
}
