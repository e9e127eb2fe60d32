import { failed } from '../../ocf/exit.ts'
import { withTimeout } from '../../ocf/timeout.ts'
import { readDevice } from '../../system/block/dd.ts'
import { activeVolume } from '../../system/block/lvm.ts'
import { describeVolume, type VolumeContext } from './parameters.ts'

/** The read times out this long before the deadline, so that the reason names the disk instead of the action. */
const RESERVE_SECONDS = 1

/** Reads the beginning of the volume, past the page cache. @throws when that fails or does not end in time. */
export async function readVolume({ parameters, system, deadline, step }: VolumeContext): Promise<void> {
  const device = activeVolume(system, parameters.volume_group, parameters.volume)
  if (device === undefined) throw failed(`${describeVolume(parameters)} is no longer active`)
  const doing = `reading from ${describeVolume(parameters)}`
  step(doing)
  const seconds = Math.max(1, deadline.remainingSeconds() - RESERVE_SECONDS)
  const isDone = await withTimeout(deadline, seconds, async signal => {
    await readDevice(system, `/dev/${device}`, 1, signal)
    return true
  })
  if (isDone === undefined) throw failed(`${doing} did not finish within ${Math.round(seconds)} s`)
}
