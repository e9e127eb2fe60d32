import { incomplete, type State, started, stopped } from '../../ocf/state.ts'
import { activeVolume, hasTable, isSuspended } from '../../system/block/lvm.ts'
import { describeVolume, type VolumeContext } from './parameters.ts'

/** LVM suspends a volume briefly while it changes it; a longer suspension means that the command was killed. */
const SUSPENSION_SECONDS = 10

/** The volume's state in device-mapper; a killed LVM command leaves it `without a table` or `suspended`. */
export type Seen = 'inactive' | 'without a table' | 'suspended' | 'active'

/** Reads the device-mapper state in sysfs; waits for the end of a short suspension. */
export async function inspect(context: VolumeContext): Promise<Seen> {
  const { parameters, system } = context
  const device = activeVolume(system, parameters.volume_group, parameters.volume)
  if (device === undefined) return 'inactive'
  if (!hasTable(system, device)) return 'without a table'
  return (await staysSuspended(context, device)) ? 'suspended' : 'active'
}

/** A volume that is only partly active is incomplete. */
export function stateOf(seen: Seen, parameters: VolumeContext['parameters']): State {
  const volume = describeVolume(parameters)
  const states: Readonly<Record<Seen, State>> = {
    inactive: stopped,
    'without a table': incomplete(`${volume} has no size: its activation was interrupted`),
    suspended: incomplete(`${volume} is suspended: an LVM command was interrupted`),
    active: started,
  }
  return states[seen]
}

/** Whether the volume is still suspended after some seconds. */
async function staysSuspended({ system, deadline }: VolumeContext, device: string): Promise<boolean> {
  const begun = deadline.remainingSeconds()
  while (isSuspended(system, device)) {
    if (begun - deadline.remainingSeconds() >= Math.min(SUSPENSION_SECONDS, begun / 2)) return true
    await system.sleep(200, deadline.signal)
  }
  return false
}
