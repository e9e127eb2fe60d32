import { ignoreMissing, listNames, RUN_DIRECTORY } from '../files.ts'
import { hasCode, isNotFound, type System } from '../system.ts'

/*
 * Node records for which the disk has no room: the directory of the target is a link to one in /run then, which iscsiadm follows. A
 * link needs no block of a file system, only room for its name in a directory, and an inode.
 */

const IN_RUN = `${RUN_DIRECTORY}/node-records`

/** Makes these directories of a target, of which none exists, links to one in /run; returns whether that worked. */
export async function linkToRun(system: System, paths: readonly string[], iqn: string): Promise<boolean> {
  const { createHash } = await import('node:crypto')
  // ext4 keeps up to 59 bytes of a link in its inode
  const directory = `${IN_RUN}/${createHash('sha256').update(iqn).digest('hex').slice(0, 16)}`
  try {
    await system.makeDirectory(directory, { parents: true })
    for (const path of paths) if (linkText(system, path) !== directory) await system.link(directory, path)
    return true
  } catch {
    // the caller reports why this was tried
    return false
  }
}

/**
 * Removes such a link, and the directory in /run, unless there are records in it; after a reboot it leads nowhere. Returns false
 * where there is no such link.
 */
export async function removeLinkToRun(system: System, path: string): Promise<boolean> {
  const directory = linkText(system, path)
  if (!directory?.startsWith(`${IN_RUN}/`)) return false
  if (listNames(system, directory).length > 0) return true
  await ignoreMissing(() => system.remove(path))
  await ignoreMissing(() => system.removeDirectory(directory))
  return true
}

/** The text of a link; undefined for anything else. */
function linkText(system: System, path: string): string | undefined {
  try {
    return system.readLink(path)
  } catch (error) {
    if (isNotFound(error) || hasCode(error, 'EINVAL')) return undefined
    throw error
  }
}
