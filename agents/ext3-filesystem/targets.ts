import { type Namespace, namespaces } from '../../system/proc/mount-namespaces.ts'
import { type Mount, mountInfo } from '../../system/proc/mountinfo.ts'
import type { System } from '../../system/system.ts'

/** A mount that a stop has to take away. */
export interface Target {
  readonly mount: Mount
  /** The namespace that it is in, if that is not ours. */
  readonly space?: Namespace
}

/**
 * The next one, so that in the end no mount of these devices (`major:minor`) is left; undefined when none is. Our own namespace
 * first: what is unmounted there goes in those that follow it, too.
 */
export function nextTarget(system: System, devices: ReadonlySet<string>): Target | undefined {
  const own = nextToUnmount(mountInfo(system), devices)
  if (own) return { mount: own }
  return namespaces(system)
    .filter(space => !space.isOwn)
    .flatMap(space => {
      const mount = nextToUnmount(space.mounts, devices)
      return mount ? [{ mount, space }] : []
    })
    .at(0)
}

/** One mount of the devices, or one that lies on such, with nothing on it. */
function nextToUnmount(mounts: readonly Mount[], devices: ReadonlySet<string>): Mount | undefined {
  const parents = new Set(mounts.map(({ parent }) => parent))
  const byId = new Map(mounts.map(mount => [mount.id, mount]))
  const liesOnDoomed = (mount: Mount | undefined, depth = 0): boolean =>
    mount !== undefined &&
    depth < mounts.length &&
    (devices.has(mount.device) || liesOnDoomed(byId.get(mount.parent), depth + 1))
  return mounts.findLast(mount => !parents.has(mount.id) && liesOnDoomed(mount))
}

/** Whether it is listed still; that it is not may also be the work of somebody else. */
export function isListed(system: System, { mount, space }: Target): boolean {
  const mounts = space === undefined ? mountInfo(system) : namespaces(system).flatMap(found => found.mounts)
  return mounts.some(({ id }) => id === mount.id)
}

/** Whether the process through which its namespace is entered lives still; another may, when it does not. */
export function canBeEntered(system: System, { space }: Target): boolean {
  return space === undefined || namespaces(system).some(({ pid }) => pid === space.pid)
}

/**
 * Whether it is what its processes have for `/`: umount(2) says 0 there when all that it has done is to make the file system
 * read-only (fs/namespace.c, do_umount), and leaves it mounted as long as they live.
 */
export function isRoot({ mount, space }: Target): boolean {
  return space !== undefined && mount.mountPoint === '/'
}

/** In words. */
export function nameOf({ mount, space }: Target): string {
  return `${mount.mountPoint}${space ? ` in the mount namespace of ${firstOf(space)}` : ''}`
}

function firstOf({ processes: [first] }: Namespace): string {
  return first === undefined ? 'nobody' : `${first.name} (pid ${first.pid})`
}
