import type { CheckLevel } from '../../ocf/agent.ts'
import { exit, failed, OcfError } from '../../ocf/exit.ts'
import { withTimeout } from '../../ocf/timeout.ts'
import { blockedIoReason } from '../../system/block/block-devices.ts'
import { dd } from '../../system/block/dd.ts'
import { ifPresent, runToSuccess, ToolFailed } from '../../system/system.ts'
import { withDeviceProgress } from './device-progress.ts'
import { mountState } from './mount-state.ts'
import type { MountContext } from './parameters.ts'

/** So much earlier than the deadline, there is still time to say why I/O waits. */
const RESERVE_SECONDS = 1

/**
 * Levels 10 and 20: reads from the device, and writes a file on the file system and reads it back, past the page cache.
 * While the kernel holds I/O back, because a session is being recovered, the mount is degraded, not failed: nothing would be
 * better elsewhere, and the I/O of its users goes on when the session is back.
 * @throws OcfError when it does not work within the time.
 */
export async function deepMonitor(context: MountContext, level: CheckLevel): Promise<void> {
  const { parameters, deadline } = context
  requireFlow(context)
  const doing = level === 10 ? `reading from ${parameters.device}` : `writing and reading on ${parameters.directory}`
  const seconds = Math.max(1, deadline.remainingSeconds() - RESERVE_SECONDS)
  const isDone = withTimeout(deadline, seconds, async signal => {
    await readDevice(context, signal)
    if (level === 20 && !parameters.options.includes('ro')) await writeAndRead(context, signal)
    return true
  })
  if (await withDeviceProgress(context, doing, isDone)) return
  requireFlow(context)
  throw failed(`${doing} did not end within ${Math.round(seconds)} s`)
}

function requireFlow({ parameters, system }: MountContext): void {
  const { name } = mountState(system, parameters)
  const why = name === undefined ? undefined : blockedIoReason(system, name)
  if (why !== undefined) throw new OcfError(exit.degraded, why)
}

async function readDevice({ parameters, system }: MountContext, signal: AbortSignal): Promise<void> {
  const args = [`if=${parameters.device}`, 'of=/dev/null', 'bs=4096', 'count=16', 'iflag=direct', 'status=none']
  await runToSuccess(system, dd, args, { signal })
}

/**
 * Users of the file system may be allowed to make names beside the file: one that is there is removed, never followed, and
 * never written to. A full file system is not a failure: it would be as full after a restart.
 */
async function writeAndRead(context: MountContext, signal: AbortSignal): Promise<void> {
  const { parameters, system, log } = context
  const path = `${parameters.directory}/.vhacs-status-${context.instance.replace(/[^a-zA-Z0-9_.-]/g, '_')}`
  const text = `${context.instance} ${system.now()}\n`
  await removeIfThere(context, path)
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
      throw failed(`${path} reads other than it was written: ${JSON.stringify(stdout.slice(0, 100))}`)
  }
  await removeIfThere(context, path)
}

async function removeIfThere({ system }: MountContext, path: string): Promise<void> {
  await system.remove(path).catch((error: unknown) =>
    ifPresent(() => {
      throw error
    }),
  )
}
