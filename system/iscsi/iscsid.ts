import { ignoreMissing, readLine } from '../files.ts'
import { processAt } from '../proc/processes.ts'
import { hasCode, ifPresent, runToSuccess, type System, type Tool } from '../system.ts'

const systemctl: Tool = { name: 'systemctl', package: 'systemd' }

/** iscsid, which logs in and out for this node; systemd starts it at the first request. */
export interface Daemon {
  readonly pid: number
  /** As in proc(5): S sleeps, R runs, D hangs in the kernel, T was stopped by a signal. */
  readonly state: string
}

/** The running iscsid; undefined when it is not running. Reads /run/iscsid.pid and /proc/<pid>/stat. */
export function iscsid(system: System): Daemon | undefined {
  const pid = readLine(system, '/run/iscsid.pid')
  if (pid === undefined || !/^\d+$/.test(pid)) return undefined
  const process = processAt(system, pid)
  return process?.name === 'iscsid' ? { pid: process.pid, state: process.state } : undefined
}

/** Why a running iscsid does not respond, as far as /proc shows it; undefined when it shows no reason. */
export function hangReason(daemon: Daemon | undefined): string | undefined {
  if (daemon?.state === 'T') return `iscsid (pid ${daemon.pid}) was stopped by a signal`
  if (daemon?.state === 'D') return `iscsid (pid ${daemon.pid}) hangs in the kernel`
  return undefined
}

/** Held by the agent that restarts iscsid. */
const LOCK = '/run/vhacs-iscsid-restart'
const DEAD_AFTER_MILLISECONDS = 60_000

/**
 * Restarts iscsid if it is still `seen`, and not when another agent has restarted it since: systemd refuses to restart a service
 * too often. Sessions remain: each loses its connection and logs in again, and its I/O is paused meanwhile.
 * @throws ToolFailed
 */
export async function restartIscsid(system: System, seen: Daemon | undefined, signal: AbortSignal): Promise<void> {
  await lock(system, signal)
  try {
    if (iscsid(system)?.pid !== seen?.pid) return
    await runToSuccess(system, systemctl, ['restart', 'iscsid.service'], { signal, timeoutSeconds: 30 })
  } finally {
    await unlock(system)
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
      if (!hasCode(error, 'EEXIST')) throw error
    }
    const madeAt = ifPresent(() => system.stat(LOCK))?.changedAt
    if (madeAt !== undefined && system.now() - madeAt > DEAD_AFTER_MILLISECONDS) await unlock(system)
    await system.sleep(200, signal)
  }
}
