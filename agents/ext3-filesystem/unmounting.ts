import { failed } from '../../ocf/exit.ts'
import { kernelName } from '../../system/block.ts'
import { type Mount, mountInfo } from '../../system/mounts.ts'
import { type Namespace, namespaces } from '../../system/namespaces.ts'
import { type Finished, type System, type Tool, waitFor } from '../../system/system.ts'
import { namesOf, type Pressure, startPressure } from './ending.ts'
import { kernelUsers } from './kernel-users.ts'
import type { MountContext } from './parameters.ts'
import { isAlive, presenceOf } from './presence.ts'
import { mountFailure } from './statuses.ts'
import { telling } from './telling.ts'
import { type User, usersOf } from './users.ts'

const umount: Tool = { name: 'umount', package: 'mount' }

/*
 * The stop. It ends when the kernel has let go of the file system, not when the list of mounts looks so: until then a start
 * elsewhere would destroy it. Hence never umount -l (MNT_DETACH), which takes the mount off the list, succeeds, and leaves the
 * file system in use for as long as anybody has a file of it open.
 */

/** Unmounts the file system wherever it is mounted on this node, with what is mounted on it. */
export async function unmountEverywhere(context: MountContext): Promise<void> {
  const { system, parameters } = context
  const { number, ours } = presenceOf(system, parameters)
  // the disk of a new session may be another than the one that is mounted
  const devices = new Set([number, ours?.device].filter(device => device !== undefined))
  const names = [...devices].flatMap(device => kernelName(system, device) ?? [])
  const pressure = startPressure(context)
  let busy: Busy | undefined
  for (let next = nextOf(context, devices); next !== undefined; next = nextOf(context, devices)) {
    const inUse = busy?.id === next.mount.id ? busy.inUse : ''
    const found = await unmountOne(context, next, { devices, pressure, inUse })
    busy = found === undefined ? undefined : { id: next.mount.id, inUse: found }
  }
  await waitForEnd(context, names)
}

/** What the last attempt on a mount has found. */
interface Busy {
  readonly id: number
  readonly inUse: string
}

interface Target {
  readonly mount: Mount
  /** The namespace that it is in, if that is not ours. */
  readonly space?: Namespace
}

/** Our own namespace first: what is unmounted there goes in those that follow it, too. */
function nextOf({ system }: MountContext, devices: ReadonlySet<string>): Target | undefined {
  const isDoomed = (mount: Mount) => devices.has(mount.device)
  const own = nextToUnmount(mountInfo(system), isDoomed)
  if (own) return { mount: own }
  return namespaces(system)
    .filter(space => !space.isOwn)
    .flatMap(space => {
      const mount = nextToUnmount(space.mounts, isDoomed)
      return mount ? [{ mount, space }] : []
    })
    .at(0)
}

/**
 * The next mount to take away so that in the end none of a device is left: one of its own, or one that lies on such, with
 * nothing on it. Undefined when there is none.
 */
function nextToUnmount(mounts: readonly Mount[], isDoomed: (mount: Mount) => boolean): Mount | undefined {
  const parents = new Set(mounts.map(({ parent }) => parent))
  const byId = new Map(mounts.map(mount => [mount.id, mount]))
  const liesOnDoomed = (mount: Mount | undefined, depth = 0): boolean =>
    mount !== undefined && depth < mounts.length && (isDoomed(mount) || liesOnDoomed(byId.get(mount.parent), depth + 1))
  return mounts.findLast(mount => !parents.has(mount.id) && liesOnDoomed(mount))
}

interface Attempt {
  readonly devices: ReadonlySet<string>
  readonly pressure: Pressure
  /** What the attempt before has found to hold it. */
  readonly inUse: string
}

/** Tries once; when it is still there, what it is in use by, after pressure on that. */
async function unmountOne(
  context: MountContext,
  target: Target,
  { devices, pressure, inUse }: Attempt,
): Promise<string | undefined> {
  const { system, deadline, log, step } = context
  const { mount, space } = target
  const doing = `unmounting ${mount.mountPoint}${space ? ` in the mount namespace of ${nameIn(space)}` : ''}`
  const isOurs = devices.has(mount.device)
  if (!isOurs) log.warn(`${doing}: ${mount.source} is mounted on what is to be unmounted`)
  const args = [...(space ? ['--namespace', String(space.pid)] : []), '--', mount.mountPoint]
  const running = system.run(umount, args, { signal: deadline.signal })
  // what another file system that is mounted on ours is busy with is not ours to end
  const keepingUp = isOurs ? pressure.keepUpDuring(running, mount.device) : undefined
  const [finished] = await Promise.all([telling(context, doing + inUse, running), keepingUp])
  if (!isStillThere(system, target)) return undefined
  if (finished.status === 0) {
    await system.sleep(200, deadline.signal)
    return undefined
  }
  const found = await usersIn(context, target, finished)
  step(doing + found.inUse)
  await pressure.apply(isOurs ? found.users : [])
  return found.inUse
}

/** Whether the mount is listed still; the umount that succeeded may also have been somebody else's. */
function isStillThere(system: System, { mount, space }: Target): boolean {
  const mounts = space === undefined ? mountInfo(system) : namespaces(system).flatMap(found => found.mounts)
  return mounts.some(({ id }) => id === mount.id)
}

/** Who keeps it from being unmounted. @throws OcfError when that is not the reason. */
async function usersIn({ parameters, system, deadline }: MountContext, { mount, space }: Target, finished: Finished) {
  const isBusy = finished.stderr.includes('busy')
  if (!isBusy && (space === undefined || !isLocked(finished))) throw mountFailure(finished)
  const users = isBusy ? await usersOf(system, mount.device, deadline.signal) : inhabitants(space)
  if (!isBusy && parameters.force_unmount !== 'yes')
    throw failed(`${mountFailure(finished).message}; it stays mounted there as long as ${namesOf(users)} live`)
  const others = isBusy ? kernelUsers(system, mount.device) : []
  const named = [namesOf(users), ...others].filter(Boolean).join(', ')
  return { users, inUse: `, in use by ${named || 'nothing that /proc shows'}` }
}

/**
 * Whether the kernel refuses to unmount it in a namespace at all (EINVAL), as in that of a container with users of its own:
 * there it goes when the last process of the namespace is gone.
 */
function isLocked({ stderr }: Finished): boolean {
  return /not mounted|invalid argument/i.test(stderr)
}

function inhabitants(space: Namespace | undefined): User[] {
  return (space?.processes ?? []).map(process => ({ ...process, uses: 'its mount namespace' }))
}

function nameIn({ processes }: Namespace): string {
  const [first] = processes
  return first === undefined ? 'nobody' : `${first.name} (pid ${first.pid})`
}

/** Out of all lists, it is still written out; and what holds a mount without a list holds it. */
async function waitForEnd(context: MountContext, names: readonly string[]): Promise<void> {
  const { parameters, system, deadline } = context
  const isLeft = () => names.some(name => isAlive(system, name))
  const isGone = waitFor(system, () => (isLeft() ? undefined : true), deadline.signal)
  await telling(
    context,
    `waiting for the end of the file system on ${parameters.device}, which is mounted nowhere any more but still in use: it is being written out, or held by a mount that was detached (umount -l) or by a namespace without processes`,
    isGone,
  )
}
