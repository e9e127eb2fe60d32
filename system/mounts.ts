import type { System } from './system.ts'

/** One mount as the kernel lists it. */
export interface Mount {
  /** `major:minor` of the file system's device. */
  readonly device: string
  readonly mountPoint: string
  readonly fileSystem: string
  /** What was mounted, as given to mount(2). */
  readonly source: string
  /** Options of this mount, such as `rw,relatime`. */
  readonly options: readonly string[]
  /** Options of the file system itself; a journal error shows here as `ro`. */
  readonly superOptions: readonly string[]
}

/**
 * The mounts of this process's namespace, in mount order: the last one at a mount point is the visible one.
 * Reads /proc/self/mountinfo; does no I/O on the file systems.
 * @see https://www.kernel.org/doc/Documentation/filesystems/proc.txt section 3.5
 */
export function mountInfo(system: System): Mount[] {
  return parseMountInfo(system.read('/proc/self/mountinfo'))
}

/** @throws Error for a line that is not in the kernel's form. */
export function parseMountInfo(text: string): Mount[] {
  return text
    .split('\n')
    .filter(line => line !== '')
    .map(parseLine)
}

function parseLine(line: string): Mount {
  const fields = line.split(' ')
  const [, , device, , mountPoint, options] = fields
  const separator = fields.indexOf('-', 6)
  const [fileSystem, source, superOptions] = fields.slice(separator + 1)
  if (separator < 0 || !device || !mountPoint || !options || !fileSystem || source === undefined || !superOptions)
    throw new Error(`/proc/self/mountinfo: unexpected line ${JSON.stringify(line)}`)
  return {
    device,
    mountPoint: unescapeOctal(mountPoint),
    fileSystem,
    source: unescapeOctal(source),
    options: options.split(','),
    superOptions: superOptions.split(','),
  }
}

/** The kernel writes blank, tab, newline and backslash as \ooo. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
}
