import { reportProgress, tryOptional } from '../../ocf/progress.ts'
import { retry } from '../../ocf/retry.ts'
import { withTimeout } from '../../ocf/timeout.ts'
import { activeVolume, dmsetup, isPlain, isSuspended, lvchange, lvmConfig, mapName } from '../../system/block/lvm.ts'
import { Missing } from '../../system/system.ts'
import { deviceUsers } from '../../system/usage/device-users.ts'
import { lvmFailure } from './failure.ts'
import { describeVolume, type VolumeContext } from './parameters.ts'
import { lvmWaitReason } from './waiting.ts'

/**
 * Deactivates the volume with LVM or, if LVM can no longer read its disks, with device-mapper, which does not read them. Users such
 * as udev may close the volume after a moment, so this is retried until the deadline: Pacemaker fences the node after a failed
 * stop.
 */
export function deactivate(context: VolumeContext): Promise<void> {
  const step = (reason: string) => `deactivating ${describeVolume(context.parameters)}: ${reason}`
  return retry(
    context,
    { step, pauseMilliseconds: 200 },
    async previous => (await resume(context)) ?? tryDeactivation(context, previous),
  )
}

/**
 * Resumes a volume that a killed lvchange left suspended, because deactivating it would hang. Returns why it is still suspended.
 */
async function resume({ parameters, system, deadline, step }: VolumeContext): Promise<string | undefined> {
  const device = activeVolume(system, parameters.volume_group, parameters.volume)
  if (device === undefined || !isSuspended(system, device)) return undefined
  step(`resuming ${describeVolume(parameters)}`)
  const name = mapName(parameters.volume_group, parameters.volume)
  const finished = await system.run(dmsetup, ['resume', name], { signal: deadline.signal })
  return finished.status === 0 ? undefined : lvmFailure(dmsetup, finished)
}

/**
 * Why the volume is still active, with its users; undefined when it is inactive. `previous` is the reason of the attempt before.
 */
async function tryDeactivation(context: VolumeContext, previous: string): Promise<string | undefined> {
  const { parameters, system, deadline, log, step } = context
  const active = () => activeVolume(system, parameters.volume_group, parameters.volume)
  // another process may have deactivated it
  if (previous !== '' && active() === undefined) return undefined
  const why = await tryLvm(context, previous)
  const device = active()
  if (device === undefined) return undefined
  const refusal = why ?? 'lvchange reported success, but it is still active'
  const users = tryOptional(() => deviceUsers(system, device)) ?? []
  if (users.length > 0) return `it is in use by ${users.join(', ')} (${refusal})`
  if (why === undefined || !isPlain(system, device)) return refusal
  step(`removing the device of ${describeVolume(parameters)}, because ${why}`)
  const name = mapName(parameters.volume_group, parameters.volume)
  const finished = await system.run(dmsetup, ['remove', '--retry', name], { signal: deadline.signal })
  if (finished.status !== 0) return active() && `${why}; ${lvmFailure(dmsetup, finished)}`
  log.warn(`${why}; removed the volume's device without LVM`)
  return undefined
}

/** Why LVM did not deactivate the volume; undefined when it did. LVM gets half of the remaining time. */
async function tryLvm(context: VolumeContext, previous: string): Promise<string | undefined> {
  const { parameters, system, deadline, step } = context
  const { volume_group, volume } = parameters
  const seconds = Math.ceil(deadline.remainingSeconds() / 2)
  const args = ['--activate', 'n', ...lvmConfig(system), `${volume_group}/${volume}`]
  const doing = () => `deactivating ${describeVolume(parameters)}${previous && `: ${previous}`}${lvmWaitReason(system)}`
  try {
    const trying = withTimeout(deadline, seconds, signal => system.run(lvchange, args, { signal }))
    const finished = await reportProgress(step, doing, trying)
    if (finished === undefined) return `lvchange did not finish within ${seconds} s`
    return finished.status === 0 ? undefined : lvmFailure(lvchange, finished)
  } catch (error) {
    if (error instanceof Missing) return error.message
    throw error
  }
}
