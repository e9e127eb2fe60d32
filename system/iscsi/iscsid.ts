import { ignoreMissing, RUN_DIRECTORY, readLine, writeNote } from '../files.ts'
import type { Process } from '../proc/process-stat.ts'
import { openFiles, processAt, processes, processLink } from '../proc/processes.ts'
import { netlinkSockets } from '../proc/sockets.ts'
import { hasCode, ifPresent, runToSuccess, type System, systemErrorCode, type Tool } from '../system.ts'

const systemctl: Tool = { name: 'systemctl', package: 'systemd' }

/** iscsid, which logs in and out for this node; systemd starts it at the first request. */
export interface Daemon {
  readonly pid: number
  /** As in proc(5): S sleeps, R runs, D hangs in the kernel, T was stopped by a signal. */
  readonly state: string
}

/**
 * The running iscsid; undefined when it is not running. Reads /run/iscsid.pid and /proc/<pid>/stat; if the unit runs it without a
 * pid file (`iscsid -f`, as upstream's does), searches all processes.
 */
export function iscsid(system: System): Daemon | undefined {
  const pid = readLine(system, '/run/iscsid.pid')
  const recorded = pid !== undefined && /^\d+$/.test(pid) ? processAt(system, pid) : undefined
  const found = recorded?.name === NAME ? recorded : foundInProc(system)
  return found && { pid: found.pid, state: found.state }
}

const NAME = 'iscsid'

/** NETLINK_ISCSI, in linux/netlink.h. */
const ISCSI_PROTOCOL = 8

/** The process that talks to the kernel. A second process of that name, which writes the log, has the same socket for iscsiadm. */
function foundInProc(system: System): Process | undefined {
  const candidates = processes(system).filter(({ name }) => name === NAME)
  if (candidates.length === 0) return undefined
  const sockets = new Set(netlinkSockets(ifPresent(() => system.read('/proc/net/netlink')) ?? '', ISCSI_PROTOCOL))
  const isDaemon = ({ pid }: Process) =>
    openFiles(system, `/proc/${pid}`).some(fd => sockets.has(processLink(system, `/proc/${pid}/fd/${fd}`) ?? ''))
  return candidates.find(isDaemon) ?? candidates[0]
}

/** Whether a signal has stopped it: it does not continue by itself. */
export function isStopped(daemon: Daemon | undefined): boolean {
  return daemon?.state === 'T'
}

/** Why a running iscsid does not respond, if /proc shows it; undefined otherwise. */
export function hangReason(daemon: Daemon | undefined): string | undefined {
  if (daemon !== undefined && isStopped(daemon)) return `iscsid (pid ${daemon.pid}) was stopped by a signal`
  if (daemon?.state === 'D') return `iscsid (pid ${daemon.pid}) hangs in the kernel`
  return undefined
}

/** Held by the agent that restarts iscsid. */
const LOCK = '/run/vhacs-iscsid-restart'
const DEAD_AFTER_MILLISECONDS = 60_000

/** Written after each restart, for agents that have found no daemon whose pid could change. */
const NOTE = `${RUN_DIRECTORY}/iscsid-restarted`
const EFFECT_MILLISECONDS = 10_000

/**
 * Has systemd start or restart iscsid, without waiting for it; returns false if any agent did so less than `pauseSeconds` ago.
 * @throws ToolFailed
 */
export async function requestIscsid(
  system: System,
  verb: 'start' | 'restart',
  { pauseSeconds, signal }: { readonly pauseSeconds: number; readonly signal: AbortSignal },
): Promise<boolean> {
  // who holds it is restarting iscsid: a monitor must not wait for that
  if (!(await tryLock(system))) return false
  try {
    if (!isRequestDue(system, pauseSeconds)) return false
    // a restart that is not noted would be repeated by each monitor
    await (verb === 'restart' ? writeNote(system, NOTE, String(system.now())) : noteRestart(system))
    await runToSuccess(system, systemctl, ['--no-block', verb, 'iscsid.service'], { signal, timeoutSeconds: 5 })
    return true
  } finally {
    await unlock(system)
  }
}

/** Whether no agent has had iscsid started or restarted for so long. */
export function isRequestDue(system: System, pauseSeconds: number): boolean {
  const at = ifPresent(() => system.stat(NOTE))?.changedAt
  return at === undefined || at > system.now() || system.now() - at >= pauseSeconds * 1000
}

/**
 * Restarts iscsid if it is still `seen`, and not when another agent has restarted it since: systemd refuses to restart a service
 * too often. Sessions remain: each loses its connection and logs in again, and its I/O is paused meanwhile.
 * @throws ToolFailed
 */
export async function restartIscsid(system: System, seen: Daemon | undefined, signal: AbortSignal): Promise<void> {
  const decidedAt = system.now()
  await lock(system, signal)
  try {
    if (iscsid(system)?.pid !== seen?.pid) return
    const restartedAt = seen === undefined ? ifPresent(() => system.stat(NOTE))?.changedAt : undefined
    if (restartedAt !== undefined && restartedAt > decidedAt - EFFECT_MILLISECONDS) return
    try {
      await runToSuccess(system, systemctl, ['restart', 'iscsid.service'], { signal, timeoutSeconds: 30 })
    } finally {
      await noteRestart(system)
    }
  } finally {
    await unlock(system)
  }
}

/** On a full disk there is no note: at worst, others restart it once more. */
async function noteRestart(system: System): Promise<void> {
  try {
    await writeNote(system, NOTE, String(system.now()))
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error
  }
}

/** Another agent may have removed it as abandoned. */
function unlock(system: System): Promise<void> {
  return ignoreMissing(() => system.removeDirectory(LOCK))
}

async function lock(system: System, signal: AbortSignal): Promise<void> {
  while (!(await tryLock(system))) await system.sleep(200, signal)
}

/** Returns false while another agent holds it; removes one that was abandoned. */
async function tryLock(system: System): Promise<boolean> {
  try {
    await system.makeDirectory(LOCK)
    return true
  } catch (error) {
    // on a full disk, a daemon that is restarted twice is better than one that hangs
    if (!hasCode(error, 'EEXIST')) return true
  }
  const madeAt = ifPresent(() => system.stat(LOCK))?.changedAt
  if (madeAt !== undefined && system.now() - madeAt > DEAD_AFTER_MILLISECONDS) await unlock(system)
  return false
}
