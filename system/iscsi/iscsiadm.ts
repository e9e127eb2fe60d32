import { ignoreMissing } from '../files.ts'
import { exitText, type Finished, ifPresent, lastOutput, type RunOptions, type System, type Tool } from '../system.ts'

export const iscsiadm: Tool = { name: 'iscsiadm', package: 'open-iscsi' }

/** Exit statuses of iscsiadm that decide something (open-iscsi, include/iscsi_err.h). */
export const ISCSI_ERR_IDBM = 6
export const ISCSI_ERR_INVAL = 7
export const ISCSI_ERR_TRANS_NOT_FOUND = 12
export const ISCSI_ERR_ACCESS = 13
export const ISCSI_ERR_FATAL_LOGIN = 19
export const ISCSI_ERR_ISCSID_NOTCONN = 20
export const ISCSI_ERR_NO_OBJS_FOUND = 21
export const ISCSI_ERR_LOGIN_AUTH_FAILED = 24

/** iscsiadm waits for iscsid without a timeout, so each call has one. */
type Bounded = RunOptions & Required<Pick<RunOptions, 'signal' | 'timeoutSeconds'>>

/** Creates a node record with the settings of /etc/iscsi/iscsid.conf; does not contact the target. */
export function newRecord(system: System, iqn: string, portal: string, signal: AbortSignal): Promise<Finished> {
  return withRecords(system, [...node(iqn, portal), '-o', 'new'], { signal, timeoutSeconds: LOCK_SECONDS + 10 })
}

/** Logs in by the node record. iscsid continues a login when iscsiadm has ended. */
export function logIn(system: System, iqn: string, portal: string, options: Bounded): Promise<Finished> {
  const timeoutSeconds = options.timeoutSeconds + LOCK_SECONDS
  return withRecords(system, [...node(iqn, portal), '-I', 'default', '--login'], { ...options, timeoutSeconds })
}

/** Logs out of one session by its name, such as `session3`, which needs no record. */
export function logOut(system: System, session: string, options: Bounded): Promise<Finished> {
  return system.run(iscsiadm, ['-m', 'session', '-r', session.replace('session', ''), '--logout'], options)
}

/** The outcome of a call in one line: the error that iscsid reported, or else the last output. */
export function outcomeText(finished: Finished): string {
  const reported = /reported error \(\d+ - (.+)\)/.exec(finished.stderr)?.[1]
  return [`${finished.command} ${exitText(finished)}`, reported ?? lastOutput(finished)].filter(Boolean).join(': ')
}

function node(iqn: string, portal: string): string[] {
  return ['-m', 'node', '-T', iqn, '-p', portal]
}

/** Open-iscsi's lock on its records: a hard link that exists while a process holds it (usr/idbm.c, idbm_lock). */
const LOCK = '/run/lock/iscsi/lock.write'

/** How long iscsiadm waits for it before it fails with ISCSI_ERR_IDBM. */
const LOCK_SECONDS = 30

/** It is held only while one record is read or written. */
const DEAD_AFTER_MILLISECONDS = 10_000

async function withRecords(system: System, args: readonly string[], options: Bounded): Promise<Finished> {
  await freeDeadLock(system, options.signal)
  return system.run(iscsiadm, args, options)
}

/** A killed iscsiadm leaves the lock behind forever, and every other one then fails after half a minute. */
async function freeDeadLock(system: System, signal: AbortSignal): Promise<void> {
  const madeAt = () => ifPresent(() => system.stat(LOCK))?.changedAt
  const first = madeAt()
  while (first !== undefined && madeAt() === first) {
    if (system.now() - first > DEAD_AFTER_MILLISECONDS) {
      // another waiting process may have removed it first
      await ignoreMissing(() => system.remove(LOCK))
      return
    }
    await system.sleep(100, signal)
  }
}
