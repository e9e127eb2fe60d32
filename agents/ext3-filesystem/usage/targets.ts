import { machineOfProcess } from '../../../system/nspawn/containers.ts'
import { type Namespace, namespaces } from '../../../system/proc/mount-namespaces.ts'
import { type Mount, mountInfo } from '../../../system/proc/mountinfo.ts'
import type { System } from '../../../system/system.ts'

/** A mount that a stop must remove. */
export interface Target {
  readonly mount: Mount
  /** Its mount namespace, unless that is our own. */
  readonly space?: Namespace
}

/**
 * The next mount to remove until no mount of these devices (`major:minor`) remains; undefined when none remains. Our own namespace
 * comes first: an unmount there propagates to the namespaces that follow it. The tables of users' namespaces, which the kernel may
 * take long to print, are read only while the file system `isHeld`.
 */
export function nextTarget(system: System, devices: ReadonlySet<string>, isHeld: () => boolean): Target | undefined {
  const own = nextToUnmount(mountInfo(system), devices)
  if (own) return { mount: own }
  if (!isHeld()) return undefined
  return namespaces(system)
    .filter(space => !space.isOwn)
    .flatMap(space => {
      const mount = nextToUnmount(space.mounts, devices)
      return mount ? [{ mount, space }] : []
    })
    .at(0)
}

/** The last of the mounts that has no mount on top of it. */
function nextToUnmount(mounts: readonly Mount[], devices: ReadonlySet<string>): Mount | undefined {
  const parents = new Set(mounts.map(({ parent }) => parent))
  return mountsToRemove(mounts, devices).findLast(({ id }) => !parents.has(id))
}

/** The mounts of the devices, and the mounts on top of them. A user may stack any number of mounts in a namespace of his own. */
export function mountsToRemove(mounts: readonly Mount[], devices: ReadonlySet<string>): Mount[] {
  const onTop = Map.groupBy(mounts, ({ parent }) => parent)
  const found = new Set(mounts.filter(({ device }) => devices.has(device)))
  // the loop also visits what is added meanwhile, and a set holds each mount once
  for (const { id } of found) for (const mount of onTop.get(id) ?? []) found.add(mount)
  return mounts.filter(mount => found.has(mount))
}

/** Whether the mount table still lists it; another program may have removed it. */
export function isStillMounted(system: System, { mount, space }: Target): boolean {
  const mounts = space === undefined ? mountInfo(system) : namespaces(system).flatMap(found => found.mounts)
  return mounts.some(({ id }) => id === mount.id)
}

/**
 * Whether the process through which its namespace is entered is still alive; other processes of the namespace may be alive even if
 * it is not.
 */
export function canEnterNamespace(system: System, { space }: Target): boolean {
  return space === undefined || namespaces(system).some(({ pid }) => pid === space.pid)
}

/**
 * Whether it is the root of its namespace: umount(2) returns 0 there although it only makes the file system read-only
 * (fs/namespace.c, do_umount), which stays mounted as long as the namespace's processes live.
 */
export function isNamespaceRoot({ mount, space }: Target): boolean {
  return space !== undefined && mount.mountPoint === '/'
}

/** The mount as messages name it. */
export function describeTarget(system: System, { mount, space }: Target): string {
  return `${mount.mountPoint}${space ? ` in ${describeSpace(system, space)}` : ''}`
}

function describeSpace(system: System, { processes: [first] }: Namespace): string {
  if (first === undefined) return 'the mount namespace of no process'
  const machine = machineOfProcess(system, first)
  return machine === undefined ? `the mount namespace of ${first.name} (pid ${first.pid})` : `container ${machine}`
}
