import { DeadlineReached } from '../../ocf/deadline.ts'
import { failed } from '../../ocf/exit.ts'
import { retry } from '../../ocf/retry.ts'
import { multipathDevice } from '../../system/block/multipath.ts'
import { errorText } from '../../system/error-text.ts'
import { logOut, outcomeText } from '../../system/iscsi/iscsiadm.ts'
import { hangReason, iscsid, isStopped, restartIscsid } from '../../system/iscsi/iscsid.ts'
import { createRecord, hasRecord, isStartupManual, removeRecord } from '../../system/iscsi/node-records.ts'
import { disksOf, removeDisk, type Session } from '../../system/iscsi/sessions.ts'
import { holders } from '../../system/usage/holders.ts'
import { longestAttemptSeconds } from './login.ts'
import type { IscsiContext } from './parameters.ts'
import { sessionsOf } from './sessions.ts'

/** Seconds reserved for removing disks, which may hang, and for reporting the reason. */
const RESERVE_SECONDS = 5

/**
 * An iscsid that was restarted while the target is unreachable closes no session before the target is back (open-iscsi issue 513),
 * and one that hangs closes none at all. A restarted iscsid reads from the record how often to retry before it closes the session.
 */
const ABANDON_SETTINGS = {
  'node.startup': 'manual',
  'node.conn[0].startup': 'manual',
  'node.session.reopen_max': '1',
  'node.conn[0].timeo.login_timeout': '3',
}

/** Limit of one call; iscsid continues a logout whose iscsiadm has exited. */
const LOGOUT_SECONDS = 20

/** The connection to an unreachable target is dropped after a NOP-Out timed out; only then can iscsid close the session. */
function logoutLimitSeconds({ noop_out_interval, noop_out_timeout }: IscsiContext['parameters']): number {
  return 20 + Math.max(10, noop_out_interval + noop_out_timeout)
}

/** Closes the sessions, including those of a login that an earlier start requested, and removes the records. */
export async function logOutEverywhere(context: IscsiContext): Promise<void> {
  const { parameters, system } = context
  const hasSession = (portal: string) => sessionsOf(context).some(session => session.portal === portal)
  const pending = parameters.portals.filter(portal => !hasSession(portal) && hasRecord(system, parameters.iqn, portal))
  await closeSessions(context)
  if (pending.length > 0) await closeLateSessions(context, pending)
  for (const portal of parameters.portals) await removeRecordOrWarn(context, portal)
}

/** On a root file system that has become read-only a record may stay, unless it logs in by itself. */
async function removeRecordOrWarn({ parameters, system, log }: IscsiContext, portal: string): Promise<void> {
  const { iqn } = parameters
  try {
    await removeRecord(system, iqn, portal)
  } catch (error) {
    // such a file system even refuses to remove a file that does not exist
    if (!hasRecord(system, iqn, portal)) return
    if (!(error instanceof Error) || !isStartupManual(system, iqn, portal)) throw error
    log.warn(
      `the node record of ${iqn} at ${portal} could not be removed: ${error.message}; it does not log in by itself`,
    )
  }
}

async function closeSessions(context: IscsiContext): Promise<void> {
  const outcomes = await Promise.allSettled(sessionsOf(context).map(session => closeSession(context, session)))
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
}

/**
 * A start that was killed may have left a login in progress in iscsid, which continues it: the session would appear when this
 * node is believed to have none.
 */
async function closeLateSessions(context: IscsiContext, portals: readonly string[]): Promise<void> {
  const { parameters, system, deadline, step, log } = context
  step(`waiting for a login to ${parameters.iqn} that an earlier start may have requested`)
  const end = system.now() + longestAttemptSeconds(context) * 1000
  const missing = new Set(portals)
  while (system.now() < end && missing.size > 0) {
    await system.sleep(500, deadline.signal)
    for (const { portal } of sessionsOf(context)) missing.delete(portal)
    await closeSessions(context)
  }
  const daemon = iscsid(system)
  const hang = hangReason(daemon)
  if (hang === undefined) return
  log.warn(`${hang}, and may still have a login in progress: restarting it`)
  await restartIscsid(system, daemon, deadline.signal)
}

/** @throws OcfError that names what was tried, what remains, and what to do. */
async function closeSession(context: IscsiContext, session: Session): Promise<void> {
  const { parameters, system, deadline, step, log } = context
  const where = describeSession(context, session)
  warnOfUsers(context, session)
  step(`logging out of ${where}`)
  const available = deadline.remainingSeconds()
  const firstAnswer = await requestLogout(context, session)
  if (firstAnswer === undefined) return
  const daemon = iscsid(system)
  const recordFailure = await failureText(
    createRecord(system, { iqn: parameters.iqn, portal: session.portal }, ABANDON_SETTINGS, deadline.signal),
  )
  // at most a third of the time
  const remaining = available - Math.min(logoutLimitSeconds(parameters), available / 3)
  const answer = isStopped(daemon) ? firstAnswer : await repeatLogout(context, session, remaining)
  if (answer === undefined) return
  log.warn(`${where} does not log out (${answer}): restarting iscsid with a record that makes it abandon this session`)
  const restartFailure = await failureText(restartIscsid(system, daemon, deadline.signal))
  const lastAnswer = await repeatLogout(context, session, RESERVE_SECONDS)
  if (lastAnswer === undefined) return
  await removeDisks(context, session, [recordFailure, restartFailure, lastAnswer].filter(Boolean).join('; '))
}

/** A failure here must not prevent closing the session. */
function warnOfUsers({ system, log }: IscsiContext, session: Session): void {
  try {
    for (const disk of disksOf(system, session.name))
      for (const holder of holders(system, multipathDevice(system, disk.name) ?? disk.name))
        log.warn(`removing ${disk.name} although it is in use by ${holder}`)
  } catch (error) {
    log.warn(`cannot determine what uses the disk of ${session.name}: ${errorText(error)}`)
  }
}

/** @throws OcfError, always: the session still exists. */
async function removeDisks(context: IscsiContext, session: Session, why: string): Promise<never> {
  const { system, step } = context
  const where = describeSession(context, session)
  const disks = disksOf(system, session.name)
  const names = disks.map(({ name }) => name).join(', ')
  step(`removing ${names || 'no disk'} from this node, because ${where} does not log out: ${why}`)
  for (const disk of disks) await removeDisk(system, disk)
  throw failed(
    `${where} does not log out: check systemctl status iscsid.socket iscsid.service and stop the resource again, or ` +
      `fence this node; a restart of iscsid did not help: ${why}; ` +
      `${names === '' ? 'it has no disk' : `its disk ${names} was removed from this node`}, so nothing is written through ` +
      'it, but it may come back',
  )
}

function describeSession({ parameters }: IscsiContext, { name, portal }: Session): string {
  return `${name} to ${parameters.iqn} at ${portal}`
}

/** Requests the logout until only `remaining` seconds are left; returns the last answer, undefined once the session is gone. */
async function repeatLogout(context: IscsiContext, session: Session, remaining: number): Promise<string | undefined> {
  const { system, deadline } = context
  const step = (answer: string) => `logging out of ${describeSession(context, session)}: ${answer}`
  let answer: string | undefined
  await system.sleep(1000, deadline.signal)
  await retry(context, { step, pauseMilliseconds: 1000 }, async () => {
    answer = await requestLogout(context, session)
    return deadline.remainingSeconds() < remaining ? undefined : answer
  })
  return answer
}

/** Requests the logout; returns the answer of iscsiadm, undefined when the session is gone. */
async function requestLogout(context: IscsiContext, session: Session): Promise<string | undefined> {
  const { system, deadline } = context
  const isGone = () => !sessionsOf(context).some(({ name }) => name === session.name)
  if (isGone()) return undefined
  const available = deadline.remainingSeconds() - RESERVE_SECONDS
  const timeoutSeconds = Math.max(1, Math.min(LOGOUT_SECONDS, available))
  const finished = await logOut(system, session.name, { signal: deadline.signal, timeoutSeconds })
  // the kernel removes the disks after iscsid has answered
  for (let polls = 0; polls < 10 && !isGone(); polls++) await system.sleep(200, deadline.signal)
  if (isGone()) return undefined
  return [outcomeText(finished), hangReason(iscsid(system))].filter(Boolean).join('; ')
}

/** Why an optional step failed; undefined when it succeeded. */
async function failureText(act: Promise<unknown>): Promise<string | undefined> {
  try {
    await act
    return undefined
  } catch (error) {
    if (error instanceof DeadlineReached || !(error instanceof Error)) throw error
    return error.message
  }
}
