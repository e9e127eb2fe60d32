import { kernelUses } from '../../system/kernel-uses.ts'
import { mountInfo } from '../../system/mounts.ts'
import { isAtOrBelow } from '../../system/namespaces.ts'
import type { System } from '../../system/system.ts'

/** What the kernel itself uses of the file system on a device (`major:minor`), for which there is no process to end. */
export function kernelUsers(system: System, device: string): string[] {
  const mounts = mountInfo(system).filter(mount => mount.device === device)
  return kernelUses(system)
    .filter(({ path }) => mounts.some(({ mountPoint }) => isAtOrBelow(path, mountPoint)))
    .map(({ what }) => what)
}
