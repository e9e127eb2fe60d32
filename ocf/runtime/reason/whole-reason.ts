import { ignoreMissing, readLine, writeNote } from '../../../system/files.ts'
import { withoutInstanceNumber } from '../../../system/pacemaker/ids.ts'
import { reasonLine, reasonPath } from '../../../system/pacemaker/reason-note.ts'
import type { ExitCode } from '../../exit.ts'
import type { Invocation } from '../invocation.ts'
import type { WrittenReason } from './exit-reason.ts'

/*
 * The full text of a reason that was shortened for Pacemaker, kept on the node for --info. It belongs to an entry of Pacemaker,
 * which a cleanup of the resource removes; Pacemaker then probes the resource.
 */

/** A hanging /run must not prevent an action from ending. */
const MILLISECONDS = 200

/** Notes the reason if it was shortened. */
export async function noteWholeReason(
  { action = '', environment, system }: Invocation,
  code: ExitCode,
  { brief, whole }: WrittenReason,
): Promise<void> {
  const { OCF_RESOURCE_INSTANCE: instance } = environment
  if (brief === whole || instance === undefined) return
  const resource = withoutInstanceNumber(instance)
  const line = reasonLine({ resource, action, code, brief, whole })
  await attempt(() => writeNote(system, reasonPath(resource), line, { permissions: 0o600 }))
}

/** After a successful probe by Pacemaker, because the entry is gone. */
export async function forgetWholeReason({ action, environment, system }: Invocation): Promise<void> {
  const { OCF_RESOURCE_INSTANCE: instance, OCF_RESKEY_CRM_meta_on_node: node } = environment
  const isProbe = action === 'monitor' && !(Number(environment.OCF_RESKEY_CRM_meta_interval) > 0)
  if (!isProbe || instance === undefined || node === undefined) return
  const path = reasonPath(withoutInstanceNumber(instance))
  await attempt(async () => {
    if (readLine(system, path) !== undefined) await ignoreMissing(() => system.remove(path))
  })
}

/** The log has the full reason with or without a note. */
async function attempt(change: () => Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const timeIsUp = new Promise<void>(resolve => {
    timer = setTimeout(resolve, MILLISECONDS)
  })
  try {
    await Promise.race([change(), timeIsUp])
  } catch (error) {
    if (!(error instanceof Error)) throw error
  } finally {
    clearTimeout(timer)
  }
}
