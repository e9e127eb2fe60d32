import { DeadlineReached } from '../../ocf/deadline.ts'
import { failed } from '../../ocf/exit.ts'
import { multipathDevice } from '../../system/block/multipath.ts'
import { logOut, outcomeText } from '../../system/iscsi/iscsiadm.ts'
import { hangReason, iscsid, restartIscsid } from '../../system/iscsi/iscsid.ts'
import { createRecord, hasRecord, isStartupManual, removeRecord } from '../../system/iscsi/node-records.ts'
import { disksOf, removeDisk, type Session } from '../../system/iscsi/sessions.ts'
import { holders } from '../../system/usage/holders.ts'
import { longestAttemptSeconds } from './login.ts'
import type { IscsiContext } from './parameters.ts'
import { sessionsOf } from './paths.ts'

/** What remains for removing disks, which may hang, and for the reason. */
const RESERVE_SECONDS = 5

/**
 * An iscsid that was restarted while the target is away ends no session before the target is back (open-iscsi issue 513),
 * and one that hangs ends none at all. A new one reads in the record how often to try before it ends the session itself.
 */
const GIVING_UP = {
  'node.startup': 'manual',
  'node.conn[0].startup': 'manual',
  'node.session.reopen_max': '1',
  'node.conn[0].timeo.login_timeout': '3',
}

/** One call; iscsid goes on with a logout whose iscsiadm is gone. */
const LOGOUT_SECONDS = 20

/** The connection to a silent target is dropped after the NOP-Out went unanswered; only then can iscsid end the session. */
function patienceSeconds({ noop_out_interval, noop_out_timeout }: IscsiContext['parameters']): number {
  return 20 + Math.max(10, noop_out_interval + noop_out_timeout)
}

/** Ends the sessions, those that an earlier start asked for and that come yet among them, and removes the records. */
export async function logOutEverywhere(context: IscsiContext): Promise<void> {
  const { parameters, system } = context
  const isIn = (portal: string) => sessionsOf(context).some(session => session.portal === portal)
  const mayCome = parameters.portals.filter(portal => !isIn(portal) && hasRecord(system, parameters.iqn, portal))
  await endSessions(context)
  if (mayCome.length > 0) await endLateSessions(context, mayCome)
  for (const portal of parameters.portals) await leaveNoRecord(context, portal)
}

/** On a root file system that has become read-only a record stays; one that logs in by itself must not. */
async function leaveNoRecord({ parameters, system, log }: IscsiContext, portal: string): Promise<void> {
  const { iqn } = parameters
  try {
    await removeRecord(system, iqn, portal)
  } catch (error) {
    // even what is not there cannot be removed from such a file system
    if (!hasRecord(system, iqn, portal)) return
    if (!(error instanceof Error) || !isStartupManual(system, iqn, portal)) throw error
    log.warn(`the node record of ${iqn} at ${portal} stays: ${error.message}; it does not log in by itself`)
  }
}

async function endSessions(context: IscsiContext): Promise<void> {
  const outcomes = await Promise.allSettled(sessionsOf(context).map(session => endSession(context, session)))
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
}

/**
 * A start that was killed may have left a login under way in iscsid, which goes on with it: the session would come when
 * this node is thought to be rid of it.
 */
async function endLateSessions(context: IscsiContext, portals: readonly string[]): Promise<void> {
  const { parameters, system, deadline, step, log } = context
  step(`waiting for a login to ${parameters.iqn} that an earlier start may have asked for`)
  const end = system.now() + longestAttemptSeconds(context) * 1000
  const awaited = new Set(portals)
  while (system.now() < end && awaited.size > 0) {
    await system.sleep(500, deadline.signal)
    for (const { portal } of sessionsOf(context)) awaited.delete(portal)
    await endSessions(context)
  }
  const daemon = iscsid(system)
  const hang = hangReason(daemon)
  if (hang === undefined) return
  log.warn(`${hang}, and may still have a login to do: restarting it`)
  await restartIscsid(system, daemon, deadline.signal)
}

/** @throws OcfError that says what was tried, what is left, and what to do. */
async function endSession(context: IscsiContext, session: Session): Promise<void> {
  const { parameters, system, deadline, step, log } = context
  const where = describe(context, session)
  warnOfUsers(context, session)
  step(`logging out of ${where}`)
  const available = deadline.remainingSeconds()
  if ((await askOnce(context, session)) === undefined) return
  const daemon = iscsid(system)
  const faultOfRecord = await failureOf(
    createRecord(system, { iqn: parameters.iqn, portal: session.portal }, GIVING_UP, deadline.signal),
  )
  // a third, when the time is short
  const said = await askUntil(context, session, available - Math.min(patienceSeconds(parameters), available / 3))
  if (said === undefined) return
  log.warn(`${where} does not end (${said}): restarting iscsid, with a record that gives this session up`)
  const faultOfRestart = await failureOf(restartIscsid(system, daemon, deadline.signal))
  const last = await askUntil(context, session, RESERVE_SECONDS)
  if (last === undefined) return
  await takeDisks(context, session, [faultOfRecord, faultOfRestart, last].filter(Boolean).join('; '))
}

/** Nothing that is in the way of this keeps a session from being ended. */
function warnOfUsers({ system, log }: IscsiContext, session: Session): void {
  try {
    for (const disk of disksOf(system, session.name))
      for (const holder of holders(system, multipathDevice(system, disk.name) ?? disk.name))
        log.warn(`${disk.name} goes away although it is used by ${holder}`)
  } catch (error) {
    log.warn(`who uses the disk of ${session.name} cannot be told: ${error instanceof Error ? error.message : error}`)
  }
}

/** @throws OcfError, always: the session is still there. */
async function takeDisks(context: IscsiContext, session: Session, why: string): Promise<never> {
  const { system, step } = context
  const where = describe(context, session)
  const disks = disksOf(system, session.name)
  const names = disks.map(({ name }) => name).join(', ')
  step(`taking ${names || 'no disk'} from this node, because ${where} does not end: ${why}`)
  for (const disk of disks) await removeDisk(system, disk)
  throw failed(
    `${where} does not end, not even by a restart of iscsid: ${why}; ` +
      `${names === '' ? 'it has no disk' : `its disk ${names} was taken from this node`}, so nothing is written through ` +
      'it, but it may come back: see systemctl status iscsid.socket iscsid.service and stop the resource again, or fence ' +
      'this node',
  )
}

function describe({ parameters }: IscsiContext, { name, portal }: Session): string {
  return `${name} to ${parameters.iqn} at ${portal}`
}

/** Asks for the logout until so many seconds remain; returns what iscsiadm said last, undefined when the session is gone. */
async function askUntil(context: IscsiContext, session: Session, remaining: number): Promise<string | undefined> {
  const { system, deadline, step, log } = context
  for (let known = ''; ; ) {
    await system.sleep(1000, deadline.signal)
    const said = await askOnce(context, session)
    if (said === undefined || deadline.remainingSeconds() < remaining) return said
    step(`logging out of ${describe(context, session)}: ${said}`)
    if (said !== known) log.info(said)
    known = said
  }
}

/** Asks for the logout; returns what iscsiadm said, undefined when the session is gone. */
async function askOnce(context: IscsiContext, session: Session): Promise<string | undefined> {
  const { system, deadline } = context
  const left = deadline.remainingSeconds() - RESERVE_SECONDS
  const timeoutSeconds = Math.max(1, Math.min(LOGOUT_SECONDS, left))
  const finished = await logOut(system, session.name, { signal: deadline.signal, timeoutSeconds })
  const isGone = () => !sessionsOf(context).some(({ name }) => name === session.name)
  // the kernel takes its disks down after iscsid has answered
  for (let polls = 0; polls < 10 && !isGone(); polls++) await system.sleep(200, deadline.signal)
  if (isGone()) return undefined
  return [outcomeText(finished), hangReason(iscsid(system))].filter(Boolean).join('; ')
}

/** Why something did not work that is of help only. */
async function failureOf(act: Promise<unknown>): Promise<string | undefined> {
  try {
    await act
    return undefined
  } catch (error) {
    if (error instanceof DeadlineReached || !(error instanceof Error)) throw error
    return error.message
  }
}
