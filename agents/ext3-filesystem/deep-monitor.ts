import type { CheckLevel } from '../../ocf/agent.ts'
import { failed } from '../../ocf/exit.ts'
import type { Health } from '../../ocf/state.ts'
import { withTimeout } from '../../ocf/timeout.ts'
import { blockedIo } from '../../system/block/block-devices.ts'
import { dd, readDevice } from '../../system/block/dd.ts'
import { fileNameOf, ignoreMissing } from '../../system/files.ts'
import { runToSuccess, ToolFailed } from '../../system/system.ts'
import { withDeviceProgress } from './device-progress.ts'
import { mountState } from './mount-state.ts'
import type { MountContext } from './parameters.ts'

/** Seconds before the deadline, reserved for reporting why I/O is blocked. */
const RESERVE_SECONDS = 1

/**
 * Levels 10 and 20: reads from the device, and writes a file on the file system and reads it back, past the page cache. While the
 * kernel blocks I/O because a session is being recovered, the mount is interrupted, not failed: moving it would not help, and its
 * users' I/O continues when the session is back. Returns why it is blocked.
 * @throws OcfError when it does not succeed in time.
 */
export async function deepMonitor(context: MountContext, level: CheckLevel): Promise<Health> {
  const { parameters, system, deadline } = context
  const blocked = blockedHealth(context)
  if (blocked !== undefined) return blocked
  const doing = level === 10 ? `reading from ${parameters.device}` : `writing and reading on ${parameters.directory}`
  const seconds = Math.max(1, deadline.remainingSeconds() - RESERVE_SECONDS)
  const isDone = withTimeout(deadline, seconds, async signal => {
    await readDevice(system, parameters.device, 16, signal)
    if (level === 20 && !parameters.options.includes('ro')) await writeAndRead(context, signal)
    return true
  })
  if (await withDeviceProgress(context, doing, isDone)) return {}
  const meanwhile = blockedHealth(context)
  if (meanwhile !== undefined) return meanwhile
  throw failed(`${doing} did not finish within ${Math.round(seconds)} s`)
}

/** Undefined when nothing blocks the I/O. */
function blockedHealth({ parameters, system }: MountContext): Health | undefined {
  const { name } = mountState(system, parameters)
  const blocked = name === undefined ? undefined : blockedIo(system, name)
  if (blocked === undefined) return undefined
  return blocked.isRecovery ? { interrupted: blocked.reason } : { degraded: blocked.reason }
}

/**
 * Users of the file system may be allowed to create names beside the file: an existing one is removed, never followed and
 * never written to. A full file system is not a failure: it would be as full after a restart.
 */
async function writeAndRead(context: MountContext, signal: AbortSignal): Promise<void> {
  const { parameters, system, log } = context
  const path = `${parameters.directory}/.vhacs-status-${fileNameOf(context.instance)}`
  const text = `${context.instance} ${system.now()}\n`
  await ignoreMissing(() => system.remove(path))
  const written = await system.run(dd, [`of=${path}`, 'bs=4096', 'conv=excl,fsync', 'oflag=nofollow', 'status=none'], {
    input: text,
    signal,
  })
  if (/No space left|Disk quota exceeded/.test(written.stderr)) log.warn(`${parameters.directory} is full`)
  else if (written.status !== 0) throw new ToolFailed(written)
  else {
    const args = [`if=${path}`, 'bs=4096', 'count=1', 'iflag=direct,nofollow', 'status=none']
    const { stdout } = await runToSuccess(system, dd, args, { signal })
    if (stdout !== text)
      throw failed(`${path} does not read back as it was written: ${JSON.stringify(stdout.slice(0, 100))}`)
  }
  await ignoreMissing(() => system.remove(path))
}
