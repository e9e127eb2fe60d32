import type { System } from '../system.ts'

/**
 * The device (`major:minor`) at a path that the kernel lists as what swap, a loop device or a backstore lies on, or a process has
 * open; undefined when that is a file. That may be anybody's, on a server that is dead: only names in /dev are looked at, and whatever cannot be
 * looked at is no device.
 */
export function deviceAtPath(system: System, path: string): string | undefined {
  if (!path.startsWith('/dev/')) return undefined
  try {
    return system.stat(path).device
  } catch {
    return undefined
  }
}
