import { type Context, defineAgent } from '../../ocf/agent.ts'
import { failed, invalidHere } from '../../ocf/exit.ts'
import type { Parameters } from '../../ocf/parameters.ts'
import { incomplete, started, stopped } from '../../ocf/state.ts'
import { parsePattern } from '../../ocf/values.ts'
import { holders } from '../../system/block.ts'
import { activeVolume, isSuspended, LVM_CONFIG, lvchange, lvs, mapName } from '../../system/lvm.ts'
import { runToSuccess, type System, ToolFailed } from '../../system/system.ts'

// lvm(8) "VALID NAMES": these characters, no leading dash, neither "." nor "..", 127 with the group's name
const parseName = parsePattern(
  /^(?!\.{1,2}$)[a-zA-Z0-9+_.][a-zA-Z0-9+_.-]{0,62}$/,
  'an LVM name (letters, digits, + _ . -, not starting with a dash, at most 63 characters)',
)

const parameters = {
  volume: {
    type: 'string',
    required: true,
    unique: true,
    short: 'logical volume',
    long: 'Name of the logical volume, without its group. Only this volume is ever activated or deactivated.',
    parse: parseName,
  },
  volume_group: {
    type: 'string',
    default: 'vhacs',
    short: 'volume group',
    long: 'Name of the volume group. The group is private to the node: it lies on no shared disk.',
    parse: parseName,
  },
} as const satisfies Parameters

type VolumeContext = Context<typeof parameters>

/** One logical volume of a node-private volume group, active or not. */
export const lvmVolume = defineAgent({
  name: 'lvm-volume',
  short: 'Activates one LVM logical volume of this node',
  long: `Activates and deactivates one logical volume of a volume group that belongs to this node alone, below a DRBD
device for example. The group needs no cluster locking. Create the volume with autoactivation off
(lvcreate --setautoactivation n), so that only the cluster decides where it is active. LVM is kept from looking at DRBD
and iSCSI devices, whatever lvm.conf says. The monitor reads the kernel's device-mapper state and starts no process.`,
  parameters,
  timeouts: { start: 60, stop: 60, monitor: 20 },

  state({ parameters, system }) {
    const device = activeVolume(system, parameters.volume_group, parameters.volume)
    if (device === undefined) return stopped
    if (isSuspended(system, device))
      return incomplete(`${pathOf(parameters)} is suspended: an LVM command was cut short`)
    return started
  },

  async start(context) {
    context.step(`activating ${pathOf(context.parameters)}`)
    await change(context, 'y')
    if (activeVolume(context.system, context.parameters.volume_group, context.parameters.volume) === undefined)
      throw failed(
        `lvchange reported success but ${pathOf(context.parameters)} is not active: see activation/volume_list in lvm.conf and the volume's skip flag`,
      )
  },

  async stop(context) {
    context.step(`deactivating ${pathOf(context.parameters)}`)
    try {
      await resume(context)
      await change(context, 'n')
    } catch (error) {
      if (error instanceof ToolFailed) throw failed(withHolders(context, error.message), { cause: error })
      throw error
    }
  },

  async validateHere({ parameters, system, deadline }) {
    const args = ['--noheadings', '-o', 'lv_name', ...LVM_CONFIG, `${parameters.volume_group}/${parameters.volume}`]
    const { status, stderr } = await system.run(lvs, args, { signal: deadline.signal })
    if (status !== 0) throw invalidHere(`${pathOf(parameters)} is not on this node: ${stderr.trim()}`)
  },
})

function pathOf({ volume_group, volume }: VolumeContext['parameters']): string {
  return `volume ${volume_group}/${volume}`
}

async function change({ parameters, system, deadline }: VolumeContext, activate: 'y' | 'n'): Promise<void> {
  const { volume_group, volume } = parameters
  const args = ['--activate', activate, ...LVM_CONFIG, `${volume_group}/${volume}`]
  await runToSuccess(system, lvchange, args, { signal: deadline.signal })
}

/** An lvchange that was killed can leave the volume suspended; deactivating it then would hang. */
async function resume({ parameters, system, deadline }: VolumeContext): Promise<void> {
  const device = activeVolume(system, parameters.volume_group, parameters.volume)
  if (device === undefined || !isSuspended(system, device)) return
  const dmsetup = { name: 'dmsetup', package: 'dmsetup' }
  const name = mapName(parameters.volume_group, parameters.volume)
  await runToSuccess(system, dmsetup, ['resume', name], { signal: deadline.signal })
}

function withHolders({ parameters, system }: VolumeContext, message: string): string {
  const users = usersOf(system, parameters.volume_group, parameters.volume)
  return users.length === 0 ? message : `${pathOf(parameters)} is in use by ${users.join(', ')} (${message})`
}

function usersOf(system: System, volumeGroup: string, volume: string): string[] {
  const device = activeVolume(system, volumeGroup, volume)
  return device === undefined ? [] : holders(system, device)
}
