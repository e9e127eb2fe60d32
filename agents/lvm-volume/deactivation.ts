import { failed } from '../../ocf/exit.ts'
import { withPatience } from '../../ocf/patience.ts'
import { tellWhile } from '../../ocf/telling.ts'
import { activeVolume, dmsetup, isPlain, isSuspended, LVM_CONFIG, lvchange, mapName } from '../../system/lvm.ts'
import { usersOfDevice } from '../../system/openers.ts'
import { Missing, runToSuccess } from '../../system/system.ts'
import { lvmFailure } from './failure.ts'
import { pathOf, type VolumeContext } from './parameters.ts'
import { whyLvmWaits } from './waiting.ts'

/** An lvchange that was killed can leave the volume suspended; deactivating it then would hang. */
export async function resume({ parameters, system, deadline, step }: VolumeContext): Promise<void> {
  const device = activeVolume(system, parameters.volume_group, parameters.volume)
  if (device === undefined || !isSuspended(system, device)) return
  step(`resuming ${pathOf(parameters)}`)
  const name = mapName(parameters.volume_group, parameters.volume)
  await runToSuccess(system, dmsetup, ['resume', name], { signal: deadline.signal })
}

/**
 * Deactivates the volume: by LVM, or, when that cannot read its disks any more, by device-mapper, which need not.
 * @throws OcfError that names what holds the volume.
 */
export async function deactivate(context: VolumeContext): Promise<void> {
  const why = await tryLvm(context)
  if (why === undefined) return
  const { parameters, system, deadline, log, step } = context
  const device = activeVolume(system, parameters.volume_group, parameters.volume)
  if (device === undefined) return
  const users = usersOfDevice(system, device)
  if (users.length > 0) throw failed(`${pathOf(parameters)} is in use by ${users.join(', ')} (${why})`)
  if (!isPlain(system, device)) throw failed(why)
  log.warn(`${why}; removing the volume's device without LVM`)
  step(`removing the device of ${pathOf(parameters)}`)
  const name = mapName(parameters.volume_group, parameters.volume)
  const finished = await system.run(dmsetup, ['remove', '--retry', name], { signal: deadline.signal })
  if (finished.status !== 0) throw failed(`${why}; ${lvmFailure(dmsetup, finished)}`)
}

/** Why LVM did not deactivate the volume; undefined when it did. It may take half the time that is left. */
async function tryLvm({ parameters, system, deadline, step }: VolumeContext): Promise<string | undefined> {
  const { volume_group, volume } = parameters
  const seconds = Math.ceil(deadline.remainingSeconds() / 2)
  const args = ['--activate', 'n', ...LVM_CONFIG, `${volume_group}/${volume}`]
  const doing = () => `deactivating ${pathOf(parameters)}${whyLvmWaits(system)}`
  try {
    const trying = withPatience(deadline, seconds, signal => system.run(lvchange, args, { signal }))
    const finished = await tellWhile(step, doing, trying)
    if (finished === undefined) return `lvchange did not end within ${seconds} s`
    return finished.status === 0 ? undefined : lvmFailure(lvchange, finished)
  } catch (error) {
    if (error instanceof Missing) return error.message
    throw error
  }
}
