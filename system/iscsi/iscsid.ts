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
 * The running iscsid; undefined when it is not running. Reads /run/iscsid.pid and /proc/<pid>/stat; where the unit has it write no
 * pid file (`iscsid -f`, as upstream's), all processes.
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

/** The one that talks to the kernel: another process of that name, which writes its log, has the same socket for iscsiadm. */
function foundInProc(system: System): Process | undefined {
  const candidates = processes(system).filter(({ name }) => name === NAME)
  if (candidates.length === 0) return undefined
  const sockets = new Set(netlinkSockets(ifPresent(() => system.read('/proc/net/netlink')) ?? '', ISCSI_PROTOCOL))
  const isDaemon = ({ pid }: Process) =>
    openFiles(system, `/proc/${pid}`).some(fd => sockets.has(processLink(system, `/proc/${pid}/fd/${fd}`) ?? ''))
  return candidates.find(isDaemon) ?? candidates[0]
}

/** Whether a signal has stopped it: it does not go on by itself. */
export function isStopped(daemon: Daemon | undefined): boolean {
  return daemon?.state === 'T'
}

/** Why a running iscsid does not respond, as far as /proc shows it; undefined when it shows no reason. */
export function hangReason(daemon: Daemon | undefined): string | undefined {
  if (daemon !== undefined && isStopped(daemon)) return `iscsid (pid ${daemon.pid}) was stopped by a signal`
  if (daemon?.state === 'D') return `iscsid (pid ${daemon.pid}) hangs in the kernel`
  return undefined
}

/** Held by the agent that restarts iscsid. */
const LOCK = '/run/vhacs-iscsid-restart'
const DEAD_AFTER_MILLISECONDS = 60_000

/** Written after each restart, for those that see no daemon whose number would change. */
const NOTE = `${RUN_DIRECTORY}/iscsid-restarted`
const EFFECT_MILLISECONDS = 10_000

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
  for (;;) {
    try {
      await system.makeDirectory(LOCK)
      return
    } catch (error) {
      // on a full disk, a daemon that is restarted twice is better than one that hangs
      if (!hasCode(error, 'EEXIST')) return
    }
    const madeAt = ifPresent(() => system.stat(LOCK))?.changedAt
    if (madeAt !== undefined && system.now() - madeAt > DEAD_AFTER_MILLISECONDS) await unlock(system)
    await system.sleep(200, signal)
  }
}
