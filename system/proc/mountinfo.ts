import type { System, Tool } from '../system.ts'

export const mount: Tool = { name: 'mount', package: 'mount' }

/** One mount as the kernel lists it. */
export interface Mount {
  /** Unique on the node, across all mount namespaces, while the mount exists. */
  readonly id: number
  /** The id of the mount that contains its mount point. */
  readonly parent: number
  /** `major:minor` of the file system's device. */
  readonly device: string
  /** The directory of the file system that is its root; not `/` in a bind mount of a part. */
  readonly root: string
  readonly mountPoint: string
  readonly fileSystem: string
  /** The source as passed to mount(2). */
  readonly source: string
  /** Options of this mount, such as `rw,relatime`. */
  readonly options: readonly string[]
  /** Options of the file system itself; a journal error shows here as `ro`. */
  readonly superOptions: readonly string[]
}

/**
 * Options by which the mount table shows that an ext3 file system accepts no writes. After an error most kernels show none of them:
 * since 6.1.129 and 6.12 errors=remount-ro no longer sets `ro`, and `emergency_ro` is newer still.
 */
export const READ_ONLY_OPTIONS: readonly string[] = ['ro', 'emergency_ro', 'shutdown', 'abort']

/**
 * The mounts that a process sees, by default this one, in mount order: the last one at a mount point is the visible one.
 * Reads mountinfo in the directory of a process, such as /proc/PID; does no I/O on the file systems.
 * @see https://www.kernel.org/doc/Documentation/filesystems/proc.txt section 3.5
 */
export function mountInfo(system: System, directory = '/proc/self'): Mount[] {
  return parseMountInfo(system.read(`${directory}/mountinfo`))
}

/** @throws Error for a line that is not in the kernel's format. */
export function parseMountInfo(text: string): Mount[] {
  return text
    .split('\n')
    .filter(line => line !== '')
    .map(parseLine)
}

/** The id of the mount that an open file is on; -1 when the text lacks it. @see proc(5), /proc/PID/fdinfo: mnt_id */
export function parseMountId(text: string): number {
  return Number(/^mnt_id:\s*(\d+)/m.exec(text)?.[1] ?? -1)
}

function parseLine(line: string): Mount {
  const fields = line.split(' ')
  const [id, parent, device, root, mountPoint, options] = fields
  const separator = fields.indexOf('-', 6)
  const [fileSystem, source, superOptions] = fields.slice(separator + 1)
  if (
    separator < 0 ||
    !device ||
    !root ||
    !mountPoint ||
    !options ||
    !fileSystem ||
    source === undefined ||
    !superOptions
  )
    throw new Error(`/proc/self/mountinfo: unexpected line ${JSON.stringify(line)}`)
  return {
    id: Number(id),
    parent: Number(parent),
    device,
    root: unescapeOctal(root),
    mountPoint: unescapeOctal(mountPoint),
    fileSystem,
    source: unescapeOctal(source),
    options: options.split(','),
    superOptions: superOptions.split(',').map(unescapeOctal),
  }
}

/** The kernel's paths in such tables have blank, tab, newline and backslash as \ooo, and options a comma. */
export function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
}
