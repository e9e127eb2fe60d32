import { exit, failed, invalidHere, notInstalled, OcfError } from '../../ocf/exit.ts'
import { retry } from '../../ocf/retry.ts'
import { exists } from '../../system/files.ts'
import { initiatorName } from '../../system/iscsi/initiator-name.ts'
import {
  ISCSI_ERR_ACCESS,
  ISCSI_ERR_FATAL_LOGIN,
  ISCSI_ERR_IDBM,
  ISCSI_ERR_INVAL,
  ISCSI_ERR_ISCSID_NOTCONN,
  ISCSI_ERR_LOGIN_AUTH_FAILED,
  ISCSI_ERR_NO_OBJS_FOUND,
  ISCSI_ERR_TRANS_NOT_FOUND,
  iscsiadm,
  logIn,
  outcomeText,
} from '../../system/iscsi/iscsiadm.ts'
import { hangReason, iscsid } from '../../system/iscsi/iscsid.ts'
import { createRecord, removeRecord } from '../../system/iscsi/node-records.ts'
import { disksOf, type Session } from '../../system/iscsi/sessions.ts'
import { type Finished, ToolMissing } from '../../system/system.ts'
import { type Chap, readChap } from '../chap.ts'
import type { IscsiContext } from './parameters.ts'
import { recordSettings } from './record-settings.ts'
import { sessionsOf } from './sessions.ts'

/** iscsid detects the end of an attempt with a delay of up to a poll or a pause (3 s). */
const SLACK_SECONDS = 5

/** The longest time that a login attempt takes, whoever started it. */
export function longestAttemptSeconds({ parameters }: Pick<IscsiContext, 'parameters'>): number {
  return parameters.login_timeout + SLACK_SECONDS
}

/** The initiator name of this node. @throws ToolMissing, or OcfError (2) when it has none. */
export function checkInitiator({ system }: Pick<IscsiContext, 'system'>): string {
  const name = initiatorName(system)
  if (name !== undefined) return name
  if (!exists(system, '/etc/iscsi')) throw new ToolMissing(iscsiadm)
  throw invalidHere(
    'this node has no iSCSI initiator name: add a line InitiatorName=… to /etc/iscsi/initiatorname.iscsi, or start ' +
      'iscsid.service once to generate one',
  )
}

/**
 * Logs in at every portal through which there is no disk; one is enough, and the monitor reports the others.
 * @throws OcfError when no portal accepts the login, or one rejects it for good.
 */
export async function logInEverywhere(context: IscsiContext): Promise<void> {
  const { parameters, system, log } = context
  // iscsid maintains a session that has a disk, because it was established once; a session without one may be a login in progress
  const existing = sessionsOf(context).filter(
    session => isEstablished(session) || disksOf(system, session.name).length > 0,
  )
  const missing = parameters.portals.filter(portal => existing.every(session => session.portal !== portal))
  if (missing.length === 0) return
  const attempts = {
    context,
    name: checkInitiator(context),
    chap: readChap(system, parameters),
    hasSession: existing.length > 0,
  }
  const outcomes = await Promise.allSettled(missing.map(portal => logInAt(attempts, portal)))
  const failures = outcomes.flatMap(outcome => (outcome.status === 'rejected' ? [outcome.reason] : []))
  const fatal =
    failures.find(failure => !(failure instanceof TargetUnreachable)) ?? (attempts.hasSession ? undefined : failures[0])
  if (fatal !== undefined) throw fatal
  for (const failure of failures) log.warn(`${failure.message}; continuing without this portal`)
}

interface LoginAttempts {
  readonly context: IscsiContext
  /** The name of this initiator. */
  readonly name: string
  readonly chap: Chap | undefined
  hasSession: boolean
}

/** The target is unreachable, or does not exist yet. */
class TargetUnreachable extends OcfError {}

/** Retries until the target accepts the login: it may be moving to another node. */
async function logInAt(attempts: LoginAttempts, portal: string): Promise<void> {
  const { context, chap } = attempts
  const { parameters, system, deadline, log } = context
  const at = { iqn: parameters.iqn, portal }
  const options = { signal: deadline.signal, timeoutSeconds: longestAttemptSeconds(context) }
  const doing = `logging in to ${parameters.iqn} at ${portal}`
  let isRecordMissing = true
  let tries = 0
  context.step(doing)
  await retry(context, { step: reason => `${doing}: ${reason}`, pauseMilliseconds: 1000 }, async () => {
    if (isRecordMissing) {
      const why = await createRecord(system, at, recordSettings(context, chap), deadline.signal)
      if (why !== undefined) log.warn(`the node record of ${at.iqn} at ${portal} is in /run, not on the disk: ${why}`)
    }
    const finished = await logIn(system, parameters.iqn, portal, options)
    if (isLoggedIn(context, portal, finished)) {
      attempts.hasSession = true
      return undefined
    }
    tries += 1
    isRecordMissing = isRecordFault(finished)
    const failure = [outcomeText(finished), hangReason(iscsid(system))].filter(Boolean).join('; ')
    const fatal = fatalError(attempts, finished, failure)
    if (fatal === undefined && !isLastTry(attempts, tries)) return failure
    // a login that timed out may still succeed: the record tells the stop that follows
    if (finished.status !== undefined) await removeRecord(system, parameters.iqn, portal)
    throw (
      fatal ?? new TargetUnreachable(exit.genericError, `cannot log in to ${parameters.iqn} at ${portal}: ${failure}`)
    )
  })
}

/** No attempt starts that might still be in progress at the deadline: its session would appear after the stop. */
function isLastTry({ context, hasSession }: LoginAttempts, tries: number): boolean {
  return context.deadline.remainingSeconds() < longestAttemptSeconds(context) + 1 || (hasSession && tries > 1)
}

function isLoggedIn(context: IscsiContext, portal: string, { status }: Finished): boolean {
  // whatever the answer: another process may have logged in
  return status === 0 || sessionsOf(context).some(session => session.portal === portal && isEstablished(session))
}

/** The existing session may not be logged in yet. */
function isEstablished({ state }: Session): boolean {
  return state !== 'FREE'
}

/** Another program may have removed or damaged the record. */
function isRecordFault({ status }: Finished): boolean {
  return status === ISCSI_ERR_NO_OBJS_FOUND || status === ISCSI_ERR_IDBM
}

/** The error of a login for which a retry is pointless; undefined when a retry may succeed. */
function fatalError({ name, chap }: LoginAttempts, { status }: Finished, failure: string): OcfError | undefined {
  switch (status) {
    case ISCSI_ERR_LOGIN_AUTH_FAILED:
      return failed(
        `the target rejected the initiator ${name}: add it to the ACL of the target, or correct the CHAP name or secret: ${failure}`,
      )
    case ISCSI_ERR_FATAL_LOGIN:
      // without CHAP the target may not exist yet
      if (chap === undefined) return undefined
      return failed(
        `the target does not use CHAP, or failed mutual CHAP: correct the CHAP names and secrets: ${failure}`,
      )
    case ISCSI_ERR_ISCSID_NOTCONN:
      return failed(`iscsid is unreachable: check systemctl status iscsid.socket iscsid.service: ${failure}`)
    case ISCSI_ERR_TRANS_NOT_FOUND:
      return notInstalled(`the kernel module iscsi_tcp cannot be loaded: ${failure}`)
    case ISCSI_ERR_ACCESS:
      return new OcfError(exit.insufficientPrivileges, failure)
    case ISCSI_ERR_INVAL:
      return failed(failure)
    default:
      return undefined
  }
}
