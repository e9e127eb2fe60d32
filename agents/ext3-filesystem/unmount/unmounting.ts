import { kernelName } from '../../../system/block/block-devices.ts'
import type { Finished, Tool } from '../../../system/system.ts'
import { withDeviceProgress } from '../device-progress.ts'
import { isInUse, mountState, resolveDirectory } from '../mount-state.ts'
import type { MountContext } from '../parameters.ts'
import {
  canEnterNamespace,
  describeTarget,
  isNamespaceRoot,
  isStillMounted,
  nextTarget,
  type Target,
} from '../usage/targets.ts'
import type { TargetFilesystems } from '../usage/users.ts'
import { busyReason, isBusy, removableHolders } from './busy-reason.ts'
import { createKernelRelease, type KernelRelease } from './kernel-release.ts'
import { createUserKiller } from './kill-users.ts'
import { type ReleaseContext, waitForRelease } from './release.ts'
import { countStalledGraces, type StalledGraces } from './stalled-graces.ts'
import { canThaw, createThawer } from './thawing.ts'
import { createSearchLimit, createUrgency } from './time-limits.ts'

const umount: Tool = { name: 'umount', package: 'mount' }

/*
 * The stop. It finishes when the kernel has released the file system, not when the mount has left the mount table: until then a
 * start elsewhere would destroy it. So umount -l (MNT_DETACH) is never used: it removes the mount from the table and succeeds, but
 * leaves the file system in use as long as any process has a file of it open.
 */

/** Unmounts the file system everywhere on this node, together with the mounts on it. */
export async function unmountEverywhere(context: MountContext): Promise<void> {
  const { system, parameters } = context
  const { number, ours } = mountState(system, parameters)
  // the disk of a new session may differ from the one that is mounted
  const devices = new Set([number, ours?.device].filter(device => device !== undefined))
  const names = [...devices].flatMap(device => kernelName(system, device) ?? [])
  const isUrgent = createUrgency(context.deadline)
  const killer = createUserKiller(context, isUrgent)
  const unmounting: Unmounting = {
    filesystems: { devices, points: new Set([resolveDirectory(system, parameters.directory)]) },
    names,
    killer,
    thawer: createThawer(context),
    isUrgent,
    searchLimit: createSearchLimit(context),
    kernelRelease: createKernelRelease(context),
    stalledGraces: countStalledGraces(context, devices, killer.graceMilliseconds),
  }
  do await unmountAll(context, unmounting)
  while (!(await waitForRelease(context, unmounting)))
  await unmounting.thawer.clear()
}

interface Unmounting extends ReleaseContext {
  readonly filesystems: TargetFilesystems & { readonly points: Set<string> }
  readonly kernelRelease: KernelRelease
  readonly stalledGraces: StalledGraces
}

async function unmountAll(context: MountContext, unmounting: Unmounting): Promise<void> {
  const { system } = context
  const { filesystems, names, killer, thawer } = unmounting
  const { devices, points } = filesystems
  // a device that is gone has no known name
  const isHeld = () => names.length < devices.size || names.some(name => isInUse(system, name))
  let last: UnmountOutcome | undefined
  for (let next = nextTarget(system, devices, isHeld); next !== undefined; next = nextTarget(system, devices, isHeld)) {
    const isNew = last?.id !== next.mount.id
    if (devices.has(next.mount.device)) {
      if (!isNamespaceRoot(next)) points.add(next.mount.mountPoint)
      if (isNew) await thawer.thaw(next)
      // a writer that hangs on a frozen file system may keep a mount busy that no path of ours leads to
      else if (killer.isGraceOver() && !canThaw(system, next) && (await thawer.mountAgain(names))) continue
    }
    last = await tryUnmount(context, next, { ...unmounting, last: isNew ? undefined : last })
  }
}

/** The result of an attempt on a mount that still exists. */
interface UnmountOutcome {
  readonly id: number
  /** The users that were found. */
  readonly inUse: string
  /** Whether umount reported success. */
  readonly hasSucceeded: boolean
}

interface UnmountContext extends Unmounting {
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
  const { filesystems, killer, last, stalledGraces, isUrgent, searchLimit, kernelRelease } = unmounting
  const { id, device, source } = target.mount
  const doing = `unmounting ${describeTarget(system, target)}`
  if (!filesystems.devices.has(device) && last === undefined)
    log.warn(`${doing}: ${source} is mounted on the file system that is to be unmounted`)
  const graces = target.space === undefined ? 0 : stalledGraces(target.space)
  if (graces > 1) await killer.apply(removableHolders(context, target))
  const running = isNamespaceRoot(target) ? undefined : runUmount(context, target, unmounting)
  const finished = running && (await withDeviceProgress(context, doing + (last?.inUse ?? ''), running))
  if (!isStillMounted(system, target)) return undefined
  const hasSucceeded = finished?.status === 0
  const isNamespaceGone = finished !== undefined && !isBusy(finished) && !canEnterNamespace(system, target)
  if (isNamespaceGone || (hasSucceeded && !last?.hasSucceeded)) {
    await system.sleep(200, deadline.signal)
    return { id, inUse: '', hasSucceeded }
  }
  const { users, inUse, isUnknown } = await busyReason(context, target, {
    filesystems,
    finished,
    graces,
    isUrgent: isUrgent(),
    isOver: searchLimit(),
  })
  step(doing + inUse)
  if (target.space === undefined && filesystems.devices.has(device)) await kernelRelease(device)
  await killer.apply(users, !isUnknown)
  return { id, inUse, hasSucceeded }
}

/**
 * A lookup of its path would query the server of a file system in user space (FUSE), which may not answer; nor may one answer the
 * unmount itself. Of a mount on top of ours, no more is needed than that it leaves the mount table.
 */
async function runUmount(context: MountContext, target: Target, unmounting: UnmountContext): Promise<Finished> {
  const { system, deadline } = context
  const { filesystems, killer } = unmounting
  const { mount, space } = target
  const namespace = space ? ['--namespace', String(space.pid)] : []
  const force = mayForce(context, target, unmounting) ? ['--force'] : []
  const limit = filesystems.devices.has(mount.device) ? {} : { timeoutSeconds: (killer.graceMilliseconds * 2) / 1000 }
  const args = ['-c', ...force, ...namespace, '--', mount.mountPoint]
  const running = system.run(umount, args, { signal: deadline.signal, ...limit })
  const [finished] = await Promise.all([running, killer.keepKillingDuring(running, filesystems)])
  return finished
}

/** Whether the kernel may end what waits for a server, which can lose data of the mount on top of ours. */
function mayForce(
  { parameters }: MountContext,
  { mount }: Target,
  { filesystems, last, isUrgent }: UnmountContext,
): boolean {
  if (filesystems.devices.has(mount.device) || parameters.force_unmount === 'no') return false
  return /^fuse/.test(mount.fileSystem) ? last !== undefined : isUrgent()
}
