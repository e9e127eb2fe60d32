import { exists, ignoreMissing, listNames, RUN_DIRECTORY } from '../../files.ts'
import type { System } from '../../system.ts'

/*
 * A CIB holds passwords of fencing devices and of other resources. A copy of it lies in a directory that nobody else can enter,
 * with a name that nobody can foresee: no link can be laid there for root to write through.
 */

/** What the names of these directories begin with, before the process and what makes them unique. */
const PREFIX = 'vhacs-cib-'
const LEFTOVER = new RegExp(`^${PREFIX}(\\d+)-[A-Za-z0-9]{6}$`)

/** Does something with a copy of a CIB below `directory`, and removes it, and what killed processes have left in ours. */
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

/** Only below a directory of root's: elsewhere a link could have such a name. */
async function removeLeftovers(system: System): Promise<void> {
  for (const name of listNames(system, RUN_DIRECTORY)) {
    const pid = LEFTOVER.exec(name)?.[1]
    if (pid === undefined || exists(system, `/proc/${pid}`)) continue
    await removeScratch(system, `${RUN_DIRECTORY}/${name}`)
  }
}

/** cibadmin may have left files of its own beside the copy. */
async function removeScratch(system: System, scratch: string): Promise<void> {
  for (const name of listNames(system, scratch)) await ignoreMissing(() => system.remove(`${scratch}/${name}`))
  await ignoreMissing(() => system.removeDirectory(scratch))
}
