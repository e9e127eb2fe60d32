import type { System } from '../system.ts'

/**
 * The device (`major:minor`) at a path that the kernel lists as the backing of swap, a loop device or a backstore, or as open in
 * a process; undefined when it is a file. A file may be on a dead server, where stat would hang: only paths in /dev are
 * examined, and one that cannot be examined is taken for a file.
 */
export function deviceAtPath(system: System, path: string): string | undefined {
  if (!path.startsWith('/dev/')) return undefined
  try {
    return system.stat(path).device
  } catch {
    return undefined
  }
}
