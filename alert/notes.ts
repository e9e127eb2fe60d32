import { hash } from 'node:crypto'
import { listNames } from '../system/files.ts'
import { ALERT_DIRECTORY } from '../system/pacemaker/alert-recipient.ts'
import { hasCode, ifPresent, type System, systemErrorCode } from '../system/system.ts'
import type { Fact } from './fact.ts'

/*
 * What has been reported, so that it is reported once: an empty directory for each fact and recipient, which the kernel creates for
 * one of several processes only. Where that cannot be noted, everything is reported.
 */

/** Within this time, the same is not reported again, in milliseconds. */
const REPEAT_MILLISECONDS = 600_000

/** What was reported so long ago is forgotten. */
const FORGET_MILLISECONDS = 7 * 86_400_000

/** Whether a fact is to be reported to a recipient; it counts as reported then. */
export async function claim(system: System, { subject, what }: Fact, recipient: string): Promise<boolean> {
  const prefix = prefixOf(subject, recipient)
  try {
    await makeRoom(system)
    if (what === 'recovered') return await forgetAll(system, prefix)
    return await note(system, `${ALERT_DIRECTORY}/${prefix}${what}`)
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error
    return true
  }
}

/** After it could not be reported: the next one is not a repetition. */
export async function unclaim(system: System, { subject, what }: Fact, recipient: string): Promise<void> {
  await remove(system, `${ALERT_DIRECTORY}/${prefixOf(subject, recipient)}${what}`)
}

function prefixOf(subject: string, recipient: string): string {
  return `${hash('sha256', JSON.stringify([recipient, subject])).slice(0, 24)}-`
}

async function makeRoom(system: System): Promise<void> {
  await system.makeDirectory(ALERT_DIRECTORY, { parents: true })
  for (const name of listNames(system, ALERT_DIRECTORY)) {
    const path = `${ALERT_DIRECTORY}/${name}`
    if (ageOf(system, path) > FORGET_MILLISECONDS) await remove(system, path)
  }
}

async function note(system: System, path: string): Promise<boolean> {
  if (await make(system, path)) return true
  if (ageOf(system, path) < REPEAT_MILLISECONDS) return false
  // of several processes, one removes it
  return (await remove(system, path)) && (await make(system, path))
}

/** Whether anything of that kind had been reported, to which the recovery is news. */
async function forgetAll(system: System, prefix: string): Promise<boolean> {
  const names = listNames(system, ALERT_DIRECTORY).filter(name => name.startsWith(prefix))
  const removed = await Promise.all(names.map(name => remove(system, `${ALERT_DIRECTORY}/${name}`)))
  return removed.includes(true)
}

async function make(system: System, path: string): Promise<boolean> {
  try {
    await system.makeDirectory(path)
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    throw error
  }
}

async function remove(system: System, path: string): Promise<boolean> {
  try {
    await system.removeDirectory(path)
    return true
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error
    return false
  }
}

/** In milliseconds; of one that is gone, 0. A clock that was set back makes none young for ever. */
function ageOf(system: System, path: string): number {
  const changedAt = ifPresent(() => system.stat(path))?.changedAt
  return changedAt === undefined ? 0 : Math.abs(system.now() - changedAt)
}
