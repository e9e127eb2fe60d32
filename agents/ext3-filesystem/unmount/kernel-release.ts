import { loops } from '../../../system/block/loop-devices.ts'
import { swaps } from '../../../system/block/swaps.ts'
import { readLine } from '../../../system/files.ts'
import { isAtOrBelow } from '../../../system/proc/mount-namespaces.ts'
import { mountInfo } from '../../../system/proc/mountinfo.ts'
import { exitText, lastOutput, Missing, type Tool } from '../../../system/system.ts'
import type { MountContext } from '../parameters.ts'

const swapoff: Tool = { name: 'swapoff', package: 'mount' }
const losetup: Tool = { name: 'losetup', package: 'mount' }
const umount: Tool = { name: 'umount', package: 'mount' }

/** Ends the kernel's own uses of the file system on a device (`major:minor`). */
export type KernelRelease = (device: string) => Promise<void>

/**
 * No process can be terminated for them: a swap file is switched off, and a loop device is detached after its mounts are unmounted.
 * A loop device in use is detached when its last user closes it.
 */
export function createKernelRelease(context: MountContext): KernelRelease {
  const { parameters, system, deadline, log } = context
  const tried = new Set<string>()
  const end = async (tool: Tool, args: readonly string[]) => {
    try {
      const finished = await system.run(tool, args, { signal: deadline.signal })
      if (tried.has(finished.command)) return
      tried.add(finished.command)
      if (finished.status === 0) log.warn(`${parameters.directory} is in use by the kernel: ran ${finished.command}`)
      else log.warn(`${finished.command} ${exitText(finished)}: ${lastOutput(finished)}`)
    } catch (error) {
      if (!(error instanceof Missing)) throw error
    }
  }
  return async device => {
    if (parameters.force_unmount !== 'yes') return
    const points = mountInfo(system).flatMap(mount => (mount.device === device ? [mount.mountPoint] : []))
    const isBelow = (path: string) => points.some(point => isAtOrBelow(path, point))
    for (const path of swaps(system).filter(isBelow)) await end(swapoff, ['--', path])
    for (const { loop } of loops(system).filter(({ file }) => isBelow(file))) {
      const number = readLine(system, `/sys/block/${loop}/dev`)
      const mounts = mountInfo(system).filter(mount => mount.device === number)
      for (const { mountPoint } of mounts.toReversed()) await end(umount, ['-c', '--', mountPoint])
      // the unmount of its last mount may have detached it
      if (loops(system).some(left => left.loop === loop)) await end(losetup, ['--detach', `/dev/${loop}`])
    }
  }
}
