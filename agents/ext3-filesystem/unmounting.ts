import { kernelName } from '../../system/block/block-devices.ts'
import { type Finished, type System, type Tool, waitFor } from '../../system/system.ts'
import { busyReason, isBusy } from './busy-reason.ts'
import { withDeviceProgress } from './device-progress.ts'
import { createUserKiller, describeUsers, type UserKiller } from './kill-users.ts'
import { isInUse, mountState, resolveDirectory } from './mount-state.ts'
import type { MountContext } from './parameters.ts'
import { overlaysOn } from './usage/overlays.ts'
import {
  canEnterNamespace,
  describeTarget,
  isNamespaceRoot,
  isStillMounted,
  nextTarget,
  type Target,
} from './usage/targets.ts'
import { evidentUsers, type TargetFilesystems, type User } from './usage/users.ts'

const umount: Tool = { name: 'umount', package: 'mount' }

/*
 * The stop. It finishes when the kernel has released the file system, not when the mount has left the mount table: until then a
 * start elsewhere would destroy it. Hence never umount -l (MNT_DETACH), which removes the mount from the table, succeeds, and
 * leaves the file system in use for as long as any process has a file of it open.
 */

/** Unmounts the file system wherever it is mounted on this node, with what is mounted on it. */
export async function unmountEverywhere(context: MountContext): Promise<void> {
  const { system, parameters } = context
  const { number, ours } = mountState(system, parameters)
  // the disk of a new session may differ from the one that is mounted
  const devices = new Set([number, ours?.device].filter(device => device !== undefined))
  const names = [...devices].flatMap(device => kernelName(system, device) ?? [])
  const points = new Set([resolveDirectory(system, parameters.directory)])
  const filesystems = { devices, points }
  const killer = createUserKiller(context)
  let last: UnmountOutcome | undefined
  for (let next = nextTarget(system, devices); next !== undefined; next = nextTarget(system, devices)) {
    if (devices.has(next.mount.device) && !isNamespaceRoot(next)) points.add(next.mount.mountPoint)
    last = await tryUnmount(context, next, {
      filesystems,
      killer,
      last: last?.id === next.mount.id ? last : undefined,
    })
  }
  await waitForRelease(context, names, { filesystems, killer })
}

/** The result of an attempt on a mount that still exists. */
interface UnmountOutcome {
  readonly id: number
  /** What was found to use it. */
  readonly inUse: string
  /** Whether umount reported success. */
  readonly hasSucceeded: boolean
}

interface UnmountContext {
  /** All file systems that are to be unmounted. */
  readonly filesystems: TargetFilesystems
  readonly killer: UserKiller
  /** The result of the previous attempt on the same mount. */
  readonly last: UnmountOutcome | undefined
}

/** Tries once; terminates the users of a mount that still exists afterwards. */
async function tryUnmount(
  context: MountContext,
  target: Target,
  unmounting: UnmountContext,
): Promise<UnmountOutcome | undefined> {
  const { system, deadline, log, step } = context
  const { filesystems, killer, last } = unmounting
  const { id, device, source } = target.mount
  const doing = `unmounting ${describeTarget(target)}`
  if (!filesystems.devices.has(device) && last === undefined)
    log.warn(`${doing}: ${source} is mounted on the file system that is to be unmounted`)
  const running = isNamespaceRoot(target) ? undefined : runUmount(context, target, unmounting)
  const finished = running && (await withDeviceProgress(context, doing + (last?.inUse ?? ''), running))
  if (!isStillMounted(system, target)) return undefined
  const hasSucceeded = finished?.status === 0
  const isNamespaceGone = finished !== undefined && !isBusy(finished) && !canEnterNamespace(system, target)
  if (isNamespaceGone || (hasSucceeded && !last?.hasSucceeded)) {
    await system.sleep(200, deadline.signal)
    return { id, inUse: '', hasSucceeded }
  }
  const { users, inUse } = await busyReason(context, target, { filesystems, finished })
  step(doing + inUse)
  await killer.apply(users)
  return { id, inUse, hasSucceeded }
}

async function runUmount(
  { system, deadline }: MountContext,
  { mount, space }: Target,
  { filesystems, killer }: UnmountContext,
): Promise<Finished> {
  const namespace = space ? ['--namespace', String(space.pid)] : []
  const running = system.run(umount, [...namespace, '--', mount.mountPoint], { signal: deadline.signal })
  const [finished] = await Promise.all([running, killer.keepKillingDuring(running, filesystems)])
  return finished
}

/** After it has left all mount tables the kernel still writes it out, and something that no table shows may hold it. */
async function waitForRelease(
  context: MountContext,
  names: readonly string[],
  { filesystems, killer }: Pick<UnmountContext, 'filesystems' | 'killer'>,
): Promise<void> {
  const { parameters, system, deadline } = context
  const doing = `waiting for the kernel to release the file system on ${parameters.device}, which is no longer mounted but still in use`
  const isHeld = () => names.some(name => isInUse(system, name))
  for (let why = 'it is being written out'; isHeld(); ) {
    const pause = system.now() + 1000
    const isReleased = () => (isHeld() && system.now() < pause ? undefined : true)
    await withDeviceProgress(context, `${doing}: ${why}`, waitFor(system, isReleased, deadline.signal))
    if (!isHeld()) return
    // no table shows the mount in a namespace whose processes have all changed their root to a directory of it (chroot)
    const users = evidentUsers(system, filesystems)
    why = releaseObstacle(system, users, filesystems)
    await killer.apply(users)
  }
}

function releaseObstacle(system: System, users: readonly User[], { points }: TargetFilesystems): string {
  if (users.length > 0) return `in use by ${describeUsers(users)}`
  const overlays = overlaysOn(system, [...points])
  if (overlays.length > 0)
    return `it holds a layer of the overlay mounted on ${overlays.join(', and of the overlay on ')}`
  return 'it is being written out, or held by a mount that was detached (umount -l) or by a namespace without processes'
}
