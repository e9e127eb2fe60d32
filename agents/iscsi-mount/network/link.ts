import { tryOptional } from '../../../ocf/progress.ts'
import { errorText } from '../../../system/error-text.ts'
import { fileNameOf, ignoreMissing, RUN_DIRECTORY, readNote, writeNote } from '../../../system/files.ts'
import type { Session } from '../../../system/iscsi/sessions.ts'
import { LOST, lostLinkAttribute } from '../../../system/pacemaker/attributes/lost-link.ts'
import { crmAttribute } from '../../../system/pacemaker/attributes/promotion-score.ts'
import { withoutInstanceNumber } from '../../../system/pacemaker/ids.ts'
import { runToSuccess } from '../../../system/system.ts'
import { networkFault, portalAddresses } from '../../portal-network.ts'
import type { IscsiContext, ReadContext } from '../parameters.ts'

/*
 * A node whose interface to the portals has no link cannot recover a session, but another node may. After link_timeout seconds an
 * attribute of the node says so, and a rule of the composed cloud prefers nodes without it. The note has the time at which the
 * link was first seen lost; it stays when the mount has moved, until the next start here, as the attribute does.
 */

/** An attribute that is not set now is set by the next monitor. */
const REPORT_SECONDS = 5

/** The interface without which no session can be recovered; undefined while one works, and when the cause is another one. */
export function deadInterface({ system, parameters }: ReadContext, sessions: readonly Session[]): string | undefined {
  if (sessions.length === 0 || sessions.some(({ state }) => state === 'LOGGED_IN')) return undefined
  const addresses = portalAddresses(parameters.portals)
  const faults = addresses.map(address => tryOptional(() => networkFault(system, address, addresses)))
  return faults.every(fault => fault?.deadInterface !== undefined) ? faults[0]?.deadInterface : undefined
}

/** Notes that the link is lost, and reports it when that has lasted for link_timeout; ends both when it is back. */
export async function updateLink(context: IscsiContext, dead: string | undefined): Promise<void> {
  const { system, parameters, log, instance } = context
  const path = notePath(instance)
  try {
    const [, since, reported] = /^(\d{1,15})( reported)?$/.exec(readNote(system, path) ?? '') ?? []
    const now = system.now()
    const seconds = Math.round((now - Number(since)) / 1000)
    const isDue = parameters.link_timeout > 0 && seconds >= parameters.link_timeout
    if (dead === undefined) {
      if (since === undefined) return
      // a monitor may have been killed between its report and the note of it
      if (reported !== undefined || isDue) await report(context, false)
      await ignoreMissing(() => system.remove(path))
      return
    }
    if (since === undefined || Number(since) > now) return await writeNote(system, path, String(now))
    if (reported !== undefined || !isDue) return
    await report(context, true)
    log.warn(
      `${dead} has had no carrier for ${seconds} s, so no session can be recovered here: Pacemaker moves the mount to another vhost, if there is one with a link`,
    )
    await writeNote(system, path, `${since} reported`)
  } catch (error) {
    context.deadline.signal.throwIfAborted()
    log.warn(`the link to the portals cannot be reported: ${errorText(error)}`)
  }
}

/** Until the node leaves the cluster. */
async function report({ system, instance, deadline }: IscsiContext, isLost: boolean): Promise<void> {
  const name = lostLinkAttribute(withoutInstanceNumber(instance))
  const change = isLost ? ['--update', LOST] : ['--delete']
  const bounds = { signal: deadline.signal, timeoutSeconds: REPORT_SECONDS }
  await runToSuccess(system, crmAttribute, ['--name', name, '--lifetime', 'reboot', ...change], bounds)
}

function notePath(instance: string): string {
  return `${RUN_DIRECTORY}/link-${fileNameOf(withoutInstanceNumber(instance))}`
}
