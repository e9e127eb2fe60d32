import { exists, ignoreMissing, listNames, readLine } from '../files.ts'
import { hasCode, isNotFound, type System } from '../system.ts'
import { isWithoutSession } from './acl-info.ts'
import { exportsOf } from './backstores.ts'
import {
  aclInfoPath,
  aclPath,
  backstoreOf,
  backstorePath,
  hbaPath,
  type LunAddress,
  linksIn,
  targetPath,
  tpgPath,
} from './paths.ts'

/*
 * A removal that fails with "busy" is retried until the signal is aborted: the other user may release the object in a moment,
 * and a failed stop causes the node to be fenced.
 */

/** Limits a removal, and receives each step that it is about to do or waits for. */
export interface Progress {
  readonly signal: AbortSignal
  step(doing: string): void
}

/**
 * The ACLs of a TPG that have a session, by the names of their directories: an initiator may spell its own name with capitals.
 */
export function loggedInInitiators(system: System, address: LunAddress): string[] {
  return listNames(system, `${tpgPath(address)}/acls`).filter(name => {
    const info = readLine(system, aclInfoPath(address, name))
    return info !== undefined && !isWithoutSession(info)
  })
}

/**
 * Disables a TPG, which closes its sessions and refuses new ones. An initiator then sees a broken connection, which it
 * retries, and never a missing LUN, which is an I/O error. Returns when the I/O of the sessions has ended: the kernel waits for it.
 */
export async function disableTpg(system: System, address: LunAddress): Promise<void> {
  const enable = `${tpgPath(address)}/enable`
  if (readLine(system, enable) !== '1') return
  try {
    await system.write(enable, '0')
  } catch (error) {
    // another program has disabled or removed it, such as targetctl clear
    if (readLine(system, enable) === '1') throw error
  }
}

/** Removes a disabled TPG and all that is in it, and its target if no other TPG is left. */
export async function deleteTpg(system: System, address: LunAddress, progress: Progress): Promise<void> {
  // everything in it must be removed, including what another program adds meanwhile
  await whenFree(system, () => removeParts(system, address, progress), progress)
  const others = listNames(system, targetPath(address.iqn)).filter(name => name.startsWith('tpgt_'))
  if (others.length === 0) await removeDirectory(system, targetPath(address.iqn), ['ENOTEMPTY'])
}

async function removeParts(system: System, address: LunAddress, { step }: Progress): Promise<void> {
  const tpg = tpgPath(address)
  for (const portal of listNames(system, `${tpg}/np`)) {
    // the kernel waits for a login in progress: 15 s at most
    step(`closing portal ${portal} of ${address.iqn}`)
    await removeDirectory(system, `${tpg}/np/${portal}`)
  }
  await cutLateSessions(system, address, step)
  for (const acl of listNames(system, `${tpg}/acls`)) {
    step(`waiting for the sessions of ${acl} to ${address.iqn} to end`)
    await removeAcl(system, `${tpg}/acls/${acl}`)
  }
  for (const lun of listNames(system, `${tpg}/lun`)) {
    step(`removing ${lun} of ${address.iqn}`)
    await removeLun(system, `${tpg}/lun/${lun}`)
  }
  step(`removing ${address.iqn}`)
  await removeDirectory(system, tpg)
}

/**
 * A login that was accepted just before the TPG was disabled becomes a session after the others were closed, and would see a
 * missing LUN. The kernel closes the sessions of an ACL whose queue depth changes; without a portal no new one follows.
 */
async function cutLateSessions(system: System, address: LunAddress, step: Progress['step']): Promise<void> {
  for (const initiator of loggedInInitiators(system, address)) {
    step(`closing a session of ${initiator} to ${address.iqn} that began while the TPG was being disabled`)
    const depth = `${aclPath(address, initiator)}/cmdsn_depth`
    const present = Number(readLine(system, depth))
    await ignoreMissing(() => system.write(depth, String(present > 1 ? present - 1 : 2)))
  }
}

async function removeAcl(system: System, path: string): Promise<void> {
  const luns = listNames(system, path).filter(name => /^lun_\d+$/.test(name))
  for (const lun of luns) await removeLun(system, `${path}/${lun}`)
  await removeDirectory(system, path)
}

/** The directory of a LUN contains its links and the kernel's own attributes; only the links can be unlinked. */
async function removeLun(system: System, path: string): Promise<void> {
  for (const link of linksIn(system, path)) await ignoreMissing(() => system.remove(link.path))
  await removeDirectory(system, path)
}

/** Deletes the backstore, which closes the device, as soon as no other target exports it. */
export async function deleteBackstore(system: System, address: LunAddress, progress: Progress): Promise<void> {
  const backstore = backstoreOf(address)
  const path = backstorePath(backstore)
  if (exists(system, path))
    await whenFree(
      system,
      () => removeDirectory(system, path),
      progress,
      () => exportsOf(system, path),
    )
  // two names may have the same hash: the HBA is then shared
  await removeDirectory(system, hbaPath(backstore), ['ENOTEMPTY'])
}

/** Retries until the object is not busy; `users` names what uses it. */
async function whenFree(
  system: System,
  remove: () => Promise<void>,
  { signal, step }: Progress,
  users: () => readonly string[] = () => [],
): Promise<void> {
  for (;;) {
    const path = await busyPath(remove)
    if (path === undefined) return
    step(`waiting for ${path}, which is in use by ${users().join(', ') || 'something that the kernel does not show'}`)
    await system.sleep(200, signal)
  }
}

async function busyPath(remove: () => Promise<void>): Promise<string | undefined> {
  try {
    await remove()
    return undefined
  } catch (error) {
    if (error instanceof Busy) return error.path
    throw error
  }
}

/** An object that the kernel does not release, or that has new content. */
class Busy extends Error {
  readonly path: string

  constructor(path: string, cause: unknown) {
    super(`${path} is in use`, { cause })
    this.path = path
  }
}

/** @throws Busy, unless its error is among those accepted. */
async function removeDirectory(system: System, path: string, accepted: readonly string[] = []): Promise<void> {
  try {
    await system.removeDirectory(path)
  } catch (error) {
    if (isNotFound(error) || hasCode(error, ...accepted)) return
    throw hasCode(error, 'EBUSY', 'ENOTEMPTY') ? new Busy(path, error) : error
  }
}
