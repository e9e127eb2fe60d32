import { type System, systemErrorCode } from '../../system/system.ts'
import type { Terminal } from './terminal.ts'

/** The name of standard input, where a file is expected. */
export const STANDARD_INPUT = '-'

/** How a file that an operator names is called in messages. */
export function inputName(path: string): string {
  return path === STANDARD_INPUT ? 'standard input' : path
}

/** What is read at most, in MiB: a file of clouds for thousands of them is smaller, as is a CIB with their history. */
const LIMITS = { clouds: 1, cib: 64, script: 64 } as const

/** Where a file or standard input is read. */
export interface Reader {
  readonly system: System
  readonly terminal: Pick<Terminal, 'readInput' | 'interruption'>
}

/** The text of a file that an operator names, or of standard input. @throws RangeError that says why it cannot be read. */
export async function readInput(
  { system, terminal }: Reader,
  path: string,
  kind: keyof typeof LIMITS,
): Promise<string> {
  const limits = { maxBytes: LIMITS[kind] * 2 ** 20, signal: terminal.interruption }
  try {
    return await (path === STANDARD_INPUT ? terminal.readInput(limits.maxBytes) : system.readInput(path, limits))
  } catch (error) {
    throw inWords(error, path, LIMITS[kind])
  }
}

/**
 * Whether a file can be read again, unlike a pipe, and ends, unlike a device.
 * @throws RangeError that says why the path leads to no file.
 */
export function isRegularFile(system: System, path: string): boolean {
  try {
    return ['file', 'directory'].includes(system.stat(path).kind)
  } catch (error) {
    throw inWords(error, path, LIMITS.cib)
  }
}

/** A CIB for Pacemaker's tools, which read what they are given without a limit. @throws RangeError */
export async function requireCib(call: Reader, path: string): Promise<void> {
  if (!isRegularFile(call.system, path))
    throw new RangeError(`${path} is a pipe or a device: copy the CIB to a file, and name that`)
  await readInput(call, path, 'cib')
}

function inWords(error: unknown, path: string, limit: number): unknown {
  const code = systemErrorCode(error)
  if (code === undefined) return error
  const fault = code === 'EFBIG' ? `is too large: the limit is ${limit} MiB` : FAULTS[code]
  return new RangeError(`${inputName(path)} ${fault ?? `cannot be read (${code})`}`, { cause: error })
}

const FAULTS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist: a part of its path is a file, not a directory',
  EISDIR: 'is a directory, not a file',
  EACCES: 'cannot be read: permission denied',
  EPERM: 'cannot be read: permission denied',
  ELOOP: 'is a link that leads back to itself',
  ENAMETOOLONG: 'does not exist: its name is too long',
  EIO: 'cannot be read: its disk reports an error',
  EAGAIN: 'is a device that has nothing to read',
  ENXIO: 'is a socket or a device that does not exist',
  ERR_INVALID_ARG_VALUE: 'is not a path',
}
