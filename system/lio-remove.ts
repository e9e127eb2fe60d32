import { exportsOf } from './backstores.ts'
import { isThere, lineIn, namesIn } from './files.ts'
import { type Address, backstoreOf, backstorePath, hbaPath, linksIn, targetPath, tpgPath } from './lio.ts'
import { hasCode, isNotFound, type System } from './system.ts'

/*
 * What the kernel calls busy is tried again until the signal says that the time is up: somebody else may let go of it in a
 * moment, and a stop that fails costs the node.
 */

/** Bounds a removal, and is told what it is about to do or waits for. */
export interface Progress {
  readonly signal: AbortSignal
  step(doing: string): void
}

/** The initiators that are logged in to a TPG. */
export function loggedIn(system: System, address: Address): string[] {
  const acls = `${tpgPath(address)}/acls`
  return namesIn(system, acls).filter(name => {
    const info = lineIn(system, `${acls}/${name}/info`)
    return info !== undefined && !info.startsWith('No active iSCSI Session')
  })
}

/**
 * Cuts the sessions of a TPG and lets nobody in any more. An initiator then meets a broken connection, which it retries,
 * and never a missing LUN, which is an I/O error. Returns when the I/O of the sessions has ended: the kernel waits for it.
 */
export async function disableTpg(system: System, address: Address): Promise<void> {
  const enable = `${tpgPath(address)}/enable`
  if (lineIn(system, enable) === '1') await system.write(enable, '0')
}

/** Removes a disabled TPG and all that is in it, and its target if no other TPG is left. */
export async function removeTpg(system: System, address: Address, progress: Progress): Promise<void> {
  const tpg = tpgPath(address)
  for (const portal of namesIn(system, `${tpg}/np`)) {
    // a login that has begun must end first: 15 s at most
    progress.step(`closing portal ${portal} of ${address.iqn}`)
    await removeWhenFree(system, `${tpg}/np/${portal}`, progress)
  }
  for (const acl of namesIn(system, `${tpg}/acls`)) {
    progress.step(`waiting for the end of the sessions of ${acl} to ${address.iqn}`)
    await removeAcl(system, `${tpg}/acls/${acl}`, progress)
  }
  for (const lun of namesIn(system, `${tpg}/lun`)) {
    progress.step(`removing ${lun} of ${address.iqn}`)
    await removeLun(system, `${tpg}/lun/${lun}`, progress, () => mappingsOf(system, address, lun))
  }
  progress.step(`removing ${address.iqn}`)
  await removeWhenFree(system, tpg, progress)
  const others = namesIn(system, targetPath(address.iqn)).filter(name => name.startsWith('tpgt_'))
  if (others.length === 0) await removeDirectory(system, targetPath(address.iqn), ['ENOTEMPTY'])
}

async function removeAcl(system: System, path: string, progress: Progress): Promise<void> {
  const luns = namesIn(system, path).filter(name => /^lun_\d+$/.test(name))
  for (const lun of luns) await removeLun(system, `${path}/${lun}`, progress)
  await removeWhenFree(system, path, progress)
}

/** A LUN's directory holds its links and the kernel's own attributes; only the links can be unlinked. */
async function removeLun(system: System, path: string, progress: Progress, users?: Users): Promise<void> {
  for (const link of linksIn(system, path)) await system.remove(link.path)
  await removeWhenFree(system, path, progress, users)
}

/** The initiators to which a LUN is mapped: somebody else may have let one in meanwhile. */
function mappingsOf(system: System, address: Address, lun: string): string[] {
  const acls = `${tpgPath(address)}/acls`
  const isMapped = (mapped: string) => linksIn(system, mapped).some(({ to }) => to === `${tpgPath(address)}/lun/${lun}`)
  return namesIn(system, acls).filter(acl =>
    namesIn(system, `${acls}/${acl}`).some(name => name.startsWith('lun_') && isMapped(`${acls}/${acl}/${name}`)),
  )
}

/** Closes the device, as soon as nobody else exports the backstore. */
export async function removeBackstore(system: System, address: Address, progress: Progress): Promise<void> {
  const backstore = backstoreOf(address)
  const path = backstorePath(backstore)
  if (isThere(system, path)) await removeWhenFree(system, path, progress, () => exportsOf(system, path))
  // two names may have the same hash: the HBA is then shared
  await removeDirectory(system, hbaPath(backstore), ['ENOTEMPTY'])
}

/** What keeps something busy, in an operator's words. */
type Users = () => readonly string[]

async function removeWhenFree(system: System, path: string, progress: Progress, users: Users = () => []) {
  for (;;) {
    try {
      return await removeDirectory(system, path)
    } catch (error) {
      if (!hasCode(error, 'EBUSY')) throw error
    }
    const by = users().join(', ') || 'something that the kernel does not show'
    progress.step(`waiting for ${path}, which is in use by ${by}`)
    await system.sleep(200, progress.signal)
  }
}

async function removeDirectory(system: System, path: string, accepted: readonly string[] = []): Promise<void> {
  try {
    await system.removeDirectory(path)
  } catch (error) {
    if (!isNotFound(error) && !hasCode(error, ...accepted)) throw error
  }
}
