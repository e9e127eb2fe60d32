import { dirname } from 'node:path'
import { exists, ignoreMissing, listNames, RUN_DIRECTORY } from '../../files.ts'
import { hasCode, type System } from '../../system.ts'

/*
 * A CIB holds passwords of fencing devices and of other resources. A copy is kept in a directory with an unpredictable name that no
 * other user can enter, so that nobody can plant a link there for root to write through.
 */

/** The prefix of the names of these directories; the process id and a unique suffix follow it. */
const PREFIX = 'vhacs-cib-'
const LEFTOVER = new RegExp(`^${PREFIX}(\\d+)-[A-Za-z0-9]{6}$`)

/**
 * Calls `act` with a copy of a CIB below `directory`, then removes the copy. Also removes the copies that killed processes left in
 * our directory.
 */
export async function withCibCopy<T>(
  system: System,
  cib: string,
  directory: string,
  act: (copy: string) => Promise<T>,
): Promise<T> {
  return withCibDirectory(system, directory, async scratch => {
    const copy = `${scratch}/cib.xml`
    await system.write(copy, cib, { permissions: 0o600 })
    return await act(copy)
  })
}

/** The same with an empty directory, in which a tool may put copies. */
export async function withCibDirectory<T>(
  system: System,
  directory: string,
  act: (scratch: string) => Promise<T>,
): Promise<T> {
  if (directory === RUN_DIRECTORY) {
    await system.makeDirectory(directory, { parents: true })
    await removeLeftovers(system)
  }
  const scratch = await makeScratch(system, directory)
  try {
    return await act(scratch)
  } finally {
    await removeScratch(system, scratch)
  }
}

/** Beside our directory, if there is no room in that. */
async function makeScratch(system: System, directory: string): Promise<string> {
  const name = `${PREFIX}${process.pid}-`
  try {
    return await system.makeScratchDirectory(`${directory}/${name}`)
  } catch (error) {
    if (directory !== RUN_DIRECTORY || !hasCode(error, 'ENOSPC')) throw error
    return system.makeScratchDirectory(`${dirname(RUN_DIRECTORY)}/${name}`)
  }
}

/** Only below directories that root owns: elsewhere a link could have such a name. */
async function removeLeftovers(system: System): Promise<void> {
  for (const directory of [RUN_DIRECTORY, dirname(RUN_DIRECTORY)])
    for (const name of listNames(system, directory)) {
      const pid = LEFTOVER.exec(name)?.[1]
      if (pid === undefined || exists(system, `/proc/${pid}`)) continue
      await removeScratch(system, `${directory}/${name}`)
    }
}

/** cibadmin may have left its own files beside the copy. */
async function removeScratch(system: System, scratch: string): Promise<void> {
  for (const name of listNames(system, scratch)) await ignoreMissing(() => system.remove(`${scratch}/${name}`))
  await ignoreMissing(() => system.removeDirectory(scratch))
}
