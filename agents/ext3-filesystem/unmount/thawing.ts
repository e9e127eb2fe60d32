import { DeadlineReached } from '../../../ocf/deadline.ts'
import { blockedIo } from '../../../system/block/block-devices.ts'
import { errorText } from '../../../system/error-text.ts'
import { fileNameOf, ignoreMissing, RUN_DIRECTORY } from '../../../system/files.ts'
import { visibleMount } from '../../../system/proc/mount-namespaces.ts'
import { mount, mountInfo } from '../../../system/proc/mountinfo.ts'
import { Missing, type System, type Tool } from '../../../system/system.ts'
import { withDeviceProgress } from '../device-progress.ts'
import { runTracked } from '../orphaned-tool.ts'
import type { MountContext } from '../parameters.ts'
import type { Target } from '../usage/targets.ts'

const fsfreeze: Tool = { name: 'fsfreeze', package: 'util-linux' }

/*
 * A backup that died leaves the file system frozen (fsfreeze -f). The kernel then removes its mounts and reports success, but keeps
 * the file system itself, and a process that writes to it hangs, unreachable by signals. Nothing shows that it is frozen, and
 * thawing one that is not frozen changes nothing (ioctl_fsfreeze: EINVAL). Thawing needs a path on the file system: if none
 * remains, mounting the same device once more mounts the same live file system.
 */

/** The kernel has one file system for each type with which a device is mounted, and refuses any other type (EBUSY). */
const MOUNTS_OF_THE_LIVE_ONE = [
  ['ext3', 'rw'],
  ['ext3', 'ro'],
  ['ext4', 'rw'],
  ['ext4', 'ro'],
] as const

/** Each unneeded mount makes work for the node's udev and systemd. */
const PAUSE_MILLISECONDS = 10_000

/** Thaws the file system that a stop unmounts. */
export interface Thawer {
  /** Thaws it through a mount that a path leads to. */
  thaw(target: Target): Promise<void>
  /**
   * Mounts one of these devices, by kernel name, once more, at most every ten seconds; returns whether a mount to thaw now exists.
   */
  mountAgain(names: readonly string[]): Promise<boolean>
  /** Removes the directory of that mount. */
  clear(): Promise<void>
}

export function createThawer(context: MountContext): Thawer {
  const { system, instance } = context
  const place = `${RUN_DIRECTORY}/thaw-${fileNameOf(instance)}`
  let triedAt = Number.NEGATIVE_INFINITY
  return {
    thaw: target => thaw(context, target),
    async mountAgain(names) {
      if (system.now() - triedAt < PAUSE_MILLISECONDS) return false
      triedAt = system.now()
      // while the kernel blocks I/O, a mount would hang and nothing can be thawed
      for (const name of names.filter(name => blockedIo(system, name) === undefined))
        if ((await tryOrWarn(context, () => mountOn(context, name, place))) === true) return true
      return false
    },
    async clear() {
      await tryOrWarn(context, () => ignoreMissing(() => system.removeDirectory(place)))
    },
  }
}

/**
 * Whether a path of our own namespace leads to the root of the target's file system; the root of a partial mount may be any file.
 */
export function canThaw(system: System, { mount: { id, mountPoint, root }, space }: Target): boolean {
  return space === undefined && root === '/' && visibleMount(mountInfo(system), mountPoint)?.id === id
}

async function thaw(context: MountContext, target: Target): Promise<void> {
  const { system, deadline, log } = context
  if (!canThaw(system, target)) return
  const { mountPoint } = target.mount
  await tryOrWarn(context, async () => {
    const running = system.run(fsfreeze, ['--unfreeze', '--', mountPoint], { signal: deadline.signal })
    const { status } = await withDeviceProgress(context, `thawing ${mountPoint}`, running)
    if (status === 0) log.warn(`the file system on ${mountPoint} was frozen (fsfreeze -f): it has been thawed`)
  })
}

async function mountOn(context: MountContext, name: string, place: string): Promise<boolean> {
  const { system } = context
  await system.makeDirectory(place, { parents: true })
  // the kernel's name has ! for the / of a path
  const device = `/dev/${name.replaceAll('!', '/')}`
  for (const [type, access] of MOUNTS_OF_THE_LIVE_ONE) {
    const running = runTracked(context, mount, ['-t', type, '-o', `${access},nosuid,nodev,noexec`, '--', device, place])
    const { status } = await withDeviceProgress(context, `mounting ${device} once more, to thaw it`, running)
    if (status === 0) return true
  }
  return false
}

/** A stop continues if the thaw fails: most file systems are not frozen. */
async function tryOrWarn<T>({ log }: MountContext, act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act()
  } catch (error) {
    if (error instanceof DeadlineReached || !(error instanceof Error)) throw error
    if (!(error instanceof Missing)) log.warn(`a frozen file system could not be thawed: ${errorText(error)}`)
    return undefined
  }
}
