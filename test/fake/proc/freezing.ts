import type { FakeSystem, FakeTool } from '../system.ts'
import type { FakeMount } from './mount-table.ts'

/** By system and device, a mount of each frozen file system. */
const frozenOf = new WeakMap<FakeSystem, Map<string, FakeMount>>()

/** fsfreeze -f: the kernel keeps the file system, mounted or not, until it is thawed. */
export function freeze(system: FakeSystem, mount: FakeMount): void {
  frozenOf.set(system, (frozenOf.get(system) ?? new Map<string, FakeMount>()).set(mount.device, mount))
}

/** A mount of the frozen file system on a device (`major:minor`), which may have been unmounted since. */
export function frozenMount(system: FakeSystem, device: string): FakeMount | undefined {
  return frozenOf.get(system)?.get(device)
}

interface Kernel {
  /** The device of the file system that a path leads to. */
  deviceAt(path: string): string | undefined
  /** Called when it is thawed. */
  thawed(device: string): void
}

/** fsfreeze --unfreeze -- DIRECTORY */
export function fsfreeze(system: FakeSystem, { deviceAt, thawed }: Kernel): FakeTool {
  return args => {
    const path = args.at(-1) ?? ''
    const device = deviceAt(path) ?? ''
    if (!frozenOf.get(system)?.delete(device))
      return { status: 1, stderr: `fsfreeze: ${path}: unfreeze failed: Invalid argument\n` }
    thawed(device)
    return 0
  }
}
