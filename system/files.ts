import { basename, dirname } from 'node:path'
import { ifPresent, isNotFound, type System } from './system.ts'

/** Replaces a file as a whole: a reader sees the old text or the new one. */
export async function replaceFile(system: System, path: string, text: string): Promise<void> {
  const temporary = `${dirname(path)}/.${basename(path)}.new`
  await system.write(temporary, text)
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

/** Makes a change to something that may no longer exist, which is fine. */
export async function ignoreMissing(change: () => Promise<void>): Promise<void> {
  try {
    await change()
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}
