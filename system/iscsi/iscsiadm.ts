import { ignoreMissing } from '../files.ts'
import { exitText, type Finished, ifPresent, lastOutput, type RunOptions, type System, type Tool } from '../system.ts'

export const iscsiadm: Tool = { name: 'iscsiadm', package: 'open-iscsi' }

/** Exit statuses of iscsiadm that decide something (open-iscsi, include/iscsi_err.h). */
export const ISCSI_ERR_IDBM = 6
export const ISCSI_ERR_INVAL = 7
export const ISCSI_ERR_TRANS_NOT_FOUND = 12
export const ISCSI_ERR_ACCESS = 13
export const ISCSI_ERR_SESS_EXISTS = 15
export const ISCSI_ERR_FATAL_LOGIN = 19
export const ISCSI_ERR_ISCSID_NOTCONN = 20
export const ISCSI_ERR_NO_OBJS_FOUND = 21
export const ISCSI_ERR_LOGIN_AUTH_FAILED = 24

/** A command to iscsid waits for its answer without end, so each call has a bound of its own. */
type Bounded = RunOptions & Required<Pick<RunOptions, 'signal' | 'timeoutSeconds'>>

/** Makes a node record with the settings of /etc/iscsi/iscsid.conf; asks nothing of the target. */
export function newRecord(system: System, iqn: string, portal: string, signal: AbortSignal): Promise<Finished> {
  return withRecords(system, [...node(iqn, portal), '-o', 'new'], { signal, timeoutSeconds: LOCK_SECONDS + 10 })
}

/** Logs in by the node record. iscsid goes on with a login whose iscsiadm is gone. */
export function logIn(system: System, iqn: string, portal: string, options: Bounded): Promise<Finished> {
  const timeoutSeconds = options.timeoutSeconds + LOCK_SECONDS
  return withRecords(system, [...node(iqn, portal), '-I', 'default', '--login'], { ...options, timeoutSeconds })
}

/** Ends a session by its name, such as `session3`: that needs no record, and ends no session but this. */
export function logOut(system: System, session: string, options: Bounded): Promise<Finished> {
  return system.run(iscsiadm, ['-m', 'session', '-r', session.replace('session', ''), '--logout'], options)
}

/** What a call came to, in one line: what iscsid reported, if it did. */
export function outcomeText(finished: Finished): string {
  const reported = /reported error \(\d+ - (.+)\)/.exec(finished.stderr)?.[1]
  return [`${finished.command} ${exitText(finished)}`, reported ?? lastOutput(finished)].filter(Boolean).join(': ')
}

function node(iqn: string, portal: string): string[] {
  return ['-m', 'node', '-T', iqn, '-p', portal]
}

/** Open-iscsi's lock on its records: a hard link, there while one holds it (usr/idbm.c, idbm_lock). */
const LOCK = '/run/lock/iscsi/lock.write'

/** So long iscsiadm waits for it before it gives up with ISCSI_ERR_IDBM. */
const LOCK_SECONDS = 30

/** It is held for the reading or writing of one record. */
const DEAD_AFTER_MILLISECONDS = 10_000

async function withRecords(system: System, args: readonly string[], options: Bounded): Promise<Finished> {
  await freeDeadLock(system, options.signal)
  return system.run(iscsiadm, args, options)
}

/** An iscsiadm that was killed while it held the lock leaves it for ever, and every other one fails after half a minute. */
async function freeDeadLock(system: System, signal: AbortSignal): Promise<void> {
  const madeAt = () => ifPresent(() => system.stat(LOCK))?.changedAt
  const first = madeAt()
  while (first !== undefined && madeAt() === first) {
    if (system.now() - first > DEAD_AFTER_MILLISECONDS) {
      // of several that wait, one is the first
      await ignoreMissing(() => system.remove(LOCK))
      return
    }
    await system.sleep(100, signal)
  }
}
