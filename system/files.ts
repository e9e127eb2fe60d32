import { basename, dirname } from 'node:path'
import { ifPresent, isNotFound, type System, systemErrorCode } from './system.ts'

/** Notes, scratch files and sockets of this project. A reboot deletes them together with the state that they describe. */
export const RUN_DIRECTORY = '/run/vhacs'

/** A resource's id, or that of an instance of it, as a part of a file name. */
export function fileNameOf(id: string): string {
  return id.replace(/[^a-zA-Z0-9_.:-]/g, '_')
}

type WriteOptions = Parameters<System['write']>[2]

/** Replaces a note of one line below RUN_DIRECTORY, which need not exist yet. */
export async function writeNote(system: System, path: string, line: string, options?: WriteOptions): Promise<void> {
  await system.makeDirectory(RUN_DIRECTORY, { parents: true })
  await replaceFile(system, path, `${line}\n`, options)
}

/**
 * The line of a note; undefined without one. Empty where what is there cannot be read, such as a directory: a note is a hint, for
 * which no action may fail.
 */
export function readNote(system: System, path: string): string | undefined {
  try {
    return readLine(system, path)
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error
    return ''
  }
}

/** Replaces a file as a whole: a reader sees the old text or the new one. */
export async function replaceFile(system: System, path: string, text: string, options?: WriteOptions): Promise<void> {
  const temporary = `${dirname(path)}/.${basename(path)}.new`
  await system.write(temporary, text, options)
  await system.rename(temporary, path)
}

/** The names in a directory, sorted; empty when the directory does not exist. */
export function listNames(system: System, path: string): string[] {
  return ifPresent(() => system.list(path)) ?? []
}

/** Whether the path exists, links followed. */
export function exists(system: System, path: string): boolean {
  return ifPresent(() => system.stat(path)) !== undefined
}

/** The trimmed text of a file, usually one line; undefined when the file does not exist. */
export function readLine(system: System, path: string): string | undefined {
  return ifPresent(() => system.read(path))?.trim()
}

/** Makes a change to something that may no longer exist; ignores that it is missing. */
export async function ignoreMissing(change: () => Promise<void>): Promise<void> {
  try {
    await change()
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}
