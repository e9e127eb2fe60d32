import { kernelName } from '../../system/block/block-devices.ts'
import { type Finished, type System, type Tool, waitFor } from '../../system/system.ts'
import { busyReason, isBusy } from './busy-reason.ts'
import { withDeviceProgress } from './device-progress.ts'
import { createUserKiller, namesOf, type UserKiller } from './kill-users.ts'
import { isAlive, mountState, resolved } from './mount-state.ts'
import { overlaysOn } from './overlays.ts'
import type { MountContext } from './parameters.ts'
import { canBeEntered, isListed, isRoot, nameOf, nextTarget, type Target } from './targets.ts'
import { evidentUsers, type TargetFilesystems, type User } from './users.ts'

const umount: Tool = { name: 'umount', package: 'mount' }

/*
 * The stop. It ends when the kernel has let go of the file system, not when the list of mounts looks so: until then a start
 * elsewhere would destroy it. Hence never umount -l (MNT_DETACH), which takes the mount off the list, succeeds, and leaves the
 * file system in use for as long as anybody has a file of it open.
 */

/** Unmounts the file system wherever it is mounted on this node, with what is mounted on it. */
export async function unmountEverywhere(context: MountContext): Promise<void> {
  const { system, parameters } = context
  const { number, ours } = mountState(system, parameters)
  // the disk of a new session may be another than the one that is mounted
  const devices = new Set([number, ours?.device].filter(device => device !== undefined))
  const names = [...devices].flatMap(device => kernelName(system, device) ?? [])
  const points = new Set([resolved(system, parameters.directory)])
  const doomed = { devices, points }
  const pressure = createUserKiller(context)
  let last: Outcome | undefined
  for (let next = nextTarget(system, devices); next !== undefined; next = nextTarget(system, devices)) {
    if (devices.has(next.mount.device) && !isRoot(next)) points.add(next.mount.mountPoint)
    last = await unmountOne(context, next, { doomed, pressure, last: last?.id === next.mount.id ? last : undefined })
  }
  await waitForEnd(context, names, { doomed, pressure })
}

/** What an attempt has come to on a mount that is still there. */
interface Outcome {
  readonly id: number
  /** What has been found to hold it. */
  readonly inUse: string
  /** umount said so. */
  readonly isDone: boolean
}

interface UnmountContext {
  /** All that is to be unmounted. */
  readonly doomed: TargetFilesystems
  readonly pressure: UserKiller
  /** Of the attempt before on the same mount. */
  readonly last: Outcome | undefined
}

/** Tries once; when it is still there, with pressure on what it is in use by. */
async function unmountOne(
  context: MountContext,
  target: Target,
  circumstances: UnmountContext,
): Promise<Outcome | undefined> {
  const { system, deadline, log, step } = context
  const { doomed, pressure, last } = circumstances
  const { id, device, source } = target.mount
  const doing = `unmounting ${nameOf(target)}`
  if (!doomed.devices.has(device) && last === undefined)
    log.warn(`${doing}: ${source} is mounted on what is to be unmounted`)
  const running = isRoot(target) ? undefined : runUmount(context, target, circumstances)
  const finished = running && (await withDeviceProgress(context, doing + (last?.inUse ?? ''), running))
  if (!isListed(system, target)) return undefined
  const isDone = finished?.status === 0
  const hasMissed = finished !== undefined && !isBusy(finished) && !canBeEntered(system, target)
  if (hasMissed || (isDone && !last?.isDone)) {
    await system.sleep(200, deadline.signal)
    return { id, inUse: '', isDone }
  }
  const { users, inUse } = await busyReason(context, target, { doomed, finished })
  step(doing + inUse)
  await pressure.apply(users)
  return { id, inUse, isDone }
}

async function runUmount(
  { system, deadline }: MountContext,
  { mount, space }: Target,
  { doomed, pressure }: UnmountContext,
): Promise<Finished> {
  const place = space ? ['--namespace', String(space.pid)] : []
  const running = system.run(umount, [...place, '--', mount.mountPoint], { signal: deadline.signal })
  const [finished] = await Promise.all([running, pressure.keepKillingDuring(running, doomed)])
  return finished
}

/** Out of all lists, it is still written out; and what holds a mount without a list holds it. */
async function waitForEnd(
  context: MountContext,
  names: readonly string[],
  { doomed, pressure }: Pick<UnmountContext, 'doomed' | 'pressure'>,
): Promise<void> {
  const { parameters, system, deadline } = context
  const doing = `waiting for the end of the file system on ${parameters.device}, which is mounted nowhere any more but still in use`
  const isLeft = () => names.some(name => isAlive(system, name))
  for (let why = 'it is being written out'; isLeft(); ) {
    const pause = system.now() + 1000
    const isGone = () => (isLeft() && system.now() < pause ? undefined : true)
    await withDeviceProgress(context, `${doing}: ${why}`, waitFor(system, isGone, deadline.signal))
    if (!isLeft()) return
    // in a namespace where all have changed their root to a directory of it (chroot), no list shows the mount
    const users = evidentUsers(system, doomed)
    why = whyInUse(system, users, doomed)
    await pressure.apply(users)
  }
}

function whyInUse(system: System, users: readonly User[], { points }: TargetFilesystems): string {
  if (users.length > 0) return `by ${namesOf(users)}`
  const overlays = overlaysOn(system, [...points])
  if (overlays.length > 0) return `it has a layer of the overlay mounted on ${overlays.join(', and of that on ')}`
  return 'it is being written out, or held by a mount that was detached (umount -l) or by a namespace without processes'
}
