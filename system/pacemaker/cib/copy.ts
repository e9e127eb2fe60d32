import { exists, ignoreMissing, listNames, RUN_DIRECTORY } from '../../files.ts'
import type { System } from '../../system.ts'

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
  if (directory === RUN_DIRECTORY) {
    await system.makeDirectory(directory, { parents: true })
    await removeLeftovers(system)
  }
  const scratch = await system.makeScratchDirectory(`${directory}/${PREFIX}${process.pid}-`)
  try {
    const copy = `${scratch}/cib.xml`
    await system.write(copy, cib, { permissions: 0o600 })
    return await act(copy)
  } finally {
    await removeScratch(system, scratch)
  }
}

/** Only below a directory that root owns: elsewhere a link could have such a name. */
async function removeLeftovers(system: System): Promise<void> {
  for (const name of listNames(system, RUN_DIRECTORY)) {
    const pid = LEFTOVER.exec(name)?.[1]
    if (pid === undefined || exists(system, `/proc/${pid}`)) continue
    await removeScratch(system, `${RUN_DIRECTORY}/${name}`)
  }
}

/** cibadmin may have left its own files beside the copy. */
async function removeScratch(system: System, scratch: string): Promise<void> {
  for (const name of listNames(system, scratch)) await ignoreMissing(() => system.remove(`${scratch}/${name}`))
  await ignoreMissing(() => system.removeDirectory(scratch))
}
