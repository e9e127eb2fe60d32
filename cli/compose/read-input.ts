import { type System, systemErrorCode } from '../../system/system.ts'
import type { Terminal } from '../terminal/terminal.ts'

/** The name of standard input, where a file is expected. */
export const STANDARD_INPUT = '-'

/** The name in messages of a file that an operator names. */
export function inputName(path: string): string {
  return path === STANDARD_INPUT ? 'standard input' : path
}

/** The text of a file that an operator names, or of standard input. @throws RangeError that says why it cannot be read. */
export async function readInput(system: System, terminal: Pick<Terminal, 'readInput'>, path: string): Promise<string> {
  return path === STANDARD_INPUT ? terminal.readInput() : readNamedFile(system, path)
}

/** @throws RangeError that says why the file cannot be read. */
export function readNamedFile(system: System, path: string): string {
  try {
    return system.read(path)
  } catch (error) {
    const code = systemErrorCode(error)
    if (code === undefined) throw error
    throw new RangeError(`${path} ${FAULTS[code] ?? `cannot be read (${code})`}`, { cause: error })
  }
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
  ERR_STRING_TOO_LONG: 'is too large',
  ERR_FS_FILE_TOO_LARGE: 'is too large',
  ERR_INVALID_ARG_VALUE: 'is not a path',
}
