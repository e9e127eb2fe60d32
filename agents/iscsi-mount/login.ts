import { exit, failed, invalidHere, notInstalled, OcfError } from '../../ocf/exit.ts'
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
  ISCSI_ERR_SESS_EXISTS,
  ISCSI_ERR_TRANS_NOT_FOUND,
  iscsiadm,
  logIn,
  outcomeText,
} from '../../system/iscsi/iscsiadm.ts'
import { hangReason, iscsid } from '../../system/iscsi/iscsid.ts'
import { createRecord, removeRecord, type Settings } from '../../system/iscsi/node-records.ts'
import { disksOf, type Session } from '../../system/iscsi/sessions.ts'
import { type Finished, ToolMissing } from '../../system/system.ts'
import { type Chap, readChap } from '../chap.ts'
import type { IscsiContext } from './parameters.ts'
import { sessionsOf } from './paths.ts'

/** iscsid notices the end of an attempt up to a poll or a pause (3 s) later. */
const SLACK_SECONDS = 5

/** After so long an attempt that was begun is over, whoever began it. */
export function longestAttemptSeconds({ parameters }: Pick<IscsiContext, 'parameters'>): number {
  return parameters.login_timeout + SLACK_SECONDS
}

/** The name by which targets know this node. @throws ToolMissing, or OcfError (2) when they cannot. */
export function checkInitiator({ system }: Pick<IscsiContext, 'system'>): string {
  const name = initiatorName(system)
  if (name !== undefined) return name
  if (!exists(system, '/etc/iscsi')) throw new ToolMissing(iscsiadm)
  throw invalidHere(
    'this node has no iSCSI initiator name: /etc/iscsi/initiatorname.iscsi must say InitiatorName=… (starting iscsid.service ' +
      'once makes one up)',
  )
}

/**
 * Logs in at every portal through which there is no disk; one is enough, and the monitor tells of the others.
 * @throws OcfError when none lets us in, or one says that it never will.
 */
export async function logInEverywhere(context: IscsiContext): Promise<void> {
  const { parameters, system, log } = context
  // one with a disk was up once, and iscsid sees to it; one without may be a login that is under way
  const joined = sessionsOf(context).filter(session => isUp(session) || disksOf(system, session.name).length > 0)
  const missing = parameters.portals.filter(portal => joined.every(session => session.portal !== portal))
  if (missing.length === 0) return
  const attempts = {
    context,
    name: checkInitiator(context),
    chap: readChap(system, parameters),
    isOneUp: joined.length > 0,
  }
  const outcomes = await Promise.allSettled(missing.map(portal => logInAt(attempts, portal)))
  const failures = outcomes.flatMap(outcome => (outcome.status === 'rejected' ? [outcome.reason] : []))
  const fatal = failures.find(failure => !(failure instanceof NoAnswer)) ?? (attempts.isOneUp ? undefined : failures[0])
  if (fatal !== undefined) throw fatal
  for (const failure of failures) log.warn(`${failure.message}; going on without that portal`)
}

interface Attempts {
  readonly context: IscsiContext
  /** Of this initiator. */
  readonly name: string
  readonly chap: Chap | undefined
  isOneUp: boolean
}

/** The target was not there, or not yet. */
class NoAnswer extends OcfError {}

/** Tries again until the target is there: it may be on its way. */
async function logInAt(attempts: Attempts, portal: string): Promise<void> {
  const { context, chap } = attempts
  const { parameters, system, deadline, log, step } = context
  const at = { iqn: parameters.iqn, portal }
  const options = { signal: deadline.signal, timeoutSeconds: longestAttemptSeconds(context) }
  const make = () => createRecord(system, at, settingsOf(context, chap), deadline.signal)
  step(`logging in to ${parameters.iqn} at ${portal}`)
  await make()
  let known = ''
  for (let tries = 1; ; tries++) {
    const finished = await logIn(system, parameters.iqn, portal, options)
    if (isIn(context, portal, finished)) {
      attempts.isOneUp = true
      return
    }
    const what = [outcomeText(finished), hangReason(iscsid(system))].filter(Boolean).join('; ')
    const refusal = refusalOf(attempts, finished, what)
    if (refusal !== undefined || isEnough(attempts, tries)) {
      // a login without an answer may still happen: the record says so to the stop that follows
      if (finished.status !== undefined) await removeRecord(system, parameters.iqn, portal)
      throw refusal ?? new NoAnswer(exit.genericError, `no login to ${parameters.iqn} at ${portal}: ${what}`)
    }
    if (what !== known) log.info(what)
    known = what
    step(`logging in to ${parameters.iqn} at ${portal}: ${what}`)
    await system.sleep(1000, deadline.signal)
    if (isAboutTheRecord(finished)) await make()
  }
}

/** No attempt is begun that might still be under way when the time is up: its session would come after the stop. */
function isEnough({ context, isOneUp }: Attempts, tries: number): boolean {
  return context.deadline.remainingSeconds() < longestAttemptSeconds(context) + 1 || (isOneUp && tries > 1)
}

function isIn(context: IscsiContext, portal: string, { status }: Finished): boolean {
  if (status !== ISCSI_ERR_SESS_EXISTS) return status === 0
  return sessionsOf(context).some(session => session.portal === portal && isUp(session))
}

/** A session that exists may also be one that iscsid is still about to log in to. */
function isUp({ state }: Session): boolean {
  return state !== 'FREE'
}

/** Somebody else may have removed or damaged it. */
function isAboutTheRecord({ status }: Finished): boolean {
  return status === ISCSI_ERR_NO_OBJS_FOUND || status === ISCSI_ERR_IDBM
}

/** The error of a login that need not be tried again; undefined when the next one may succeed. */
function refusalOf({ name, chap }: Attempts, { status }: Finished, what: string): OcfError | undefined {
  switch (status) {
    case ISCSI_ERR_LOGIN_AUTH_FAILED:
      return failed(`the target does not let ${name} in: not in its ACL, or with another CHAP name or secret: ${what}`)
    case ISCSI_ERR_FATAL_LOGIN:
      // without CHAP it may be a target that is not there yet
      if (chap === undefined) return undefined
      return failed(`the target has no CHAP, or did not prove itself by the name and secret of mutual CHAP: ${what}`)
    case ISCSI_ERR_ISCSID_NOTCONN:
      return failed(`iscsid cannot be reached: see systemctl status iscsid.socket iscsid.service: ${what}`)
    case ISCSI_ERR_TRANS_NOT_FOUND:
      return notInstalled(`the kernel module iscsi_tcp cannot be loaded: ${what}`)
    case ISCSI_ERR_ACCESS:
      return new OcfError(exit.insufficientPrivileges, what)
    case ISCSI_ERR_INVAL:
      return failed(what)
    default:
      return undefined
  }
}

/** What an operator may have set for all targets in iscsid.conf, and this resource depends on, is set too. */
function settingsOf({ parameters }: IscsiContext, chap: Chap | undefined): Settings {
  const { recovery_limit, login_timeout, noop_out_interval, noop_out_timeout, queue_depth } = parameters
  return {
    'node.startup': 'manual',
    'node.conn[0].startup': 'manual',
    'node.leading_login': 'No',
    'node.session.nr_sessions': '1',
    'node.session.scan': 'auto',
    'node.session.reopen_max': '0',
    // one attempt each time: iscsid would go on for minutes with a login that nobody waits for
    'node.session.initial_login_retry_max': '0',
    'node.session.timeo.replacement_timeout': String(recovery_limit),
    'node.conn[0].timeo.login_timeout': String(login_timeout),
    'node.conn[0].timeo.noop_out_interval': String(noop_out_interval),
    'node.conn[0].timeo.noop_out_timeout': String(noop_out_timeout),
    ...(queue_depth === undefined ? {} : queueOf(queue_depth)),
    ...(chap === undefined ? {} : authenticationOf(chap)),
  }
}

/** cmds_max is the session's, a power of two, and what all its commands share. */
function queueOf(depth: number): Settings {
  const commands = 2 ** Math.max(7, Math.ceil(Math.log2(depth)))
  return { 'node.session.queue_depth': String(depth), 'node.session.cmds_max': String(commands) }
}

function authenticationOf({ initiator, target }: Chap): Settings {
  return {
    'node.session.auth.authmethod': 'CHAP',
    'node.session.auth.username': initiator.user,
    'node.session.auth.password': initiator.secret,
    'node.session.auth.username_in': target?.user,
    'node.session.auth.password_in': target?.secret,
    'node.session.auth.password_length': undefined,
    'node.session.auth.password_in_length': undefined,
  }
}
