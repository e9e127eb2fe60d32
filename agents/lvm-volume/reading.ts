import { failed } from '../../ocf/exit.ts'
import { withTimeout } from '../../ocf/timeout.ts'
import { dd } from '../../system/block/dd.ts'
import { activeVolume } from '../../system/block/lvm.ts'
import { runToSuccess } from '../../system/system.ts'
import { pathOf, type VolumeContext } from './parameters.ts'

/** So much earlier than the deadline, the reason names the disk and not the action. */
const RESERVE_SECONDS = 1

/** Reads the beginning of the volume, past the page cache. @throws when that fails or does not end in time. */
export async function readVolume({ parameters, system, deadline, step }: VolumeContext): Promise<void> {
  const device = activeVolume(system, parameters.volume_group, parameters.volume)
  if (device === undefined) throw failed(`${pathOf(parameters)} is not active any more`)
  const doing = `reading from ${pathOf(parameters)}`
  step(doing)
  const seconds = Math.max(1, deadline.remainingSeconds() - RESERVE_SECONDS)
  const args = [`if=/dev/${device}`, 'of=/dev/null', 'bs=4096', 'count=1', 'iflag=direct', 'status=none']
  const isDone = await withTimeout(deadline, seconds, signal => runToSuccess(system, dd, args, { signal }))
  if (isDone === undefined) throw failed(`${doing} did not end within ${Math.round(seconds)} s`)
}
