import { defineAgent } from '../../ocf/agent.ts'
import { failed, invalidHere, OcfError } from '../../ocf/exit.ts'
import { reportProgress } from '../../ocf/progress.ts'
import { incomplete, started, stopped } from '../../ocf/state.ts'
import { withTimeout } from '../../ocf/timeout.ts'
import {
  activeVolume,
  hasTable,
  isLvm,
  isSuspended,
  lvchange,
  lvmConfig,
  mapName,
  mappedDevice,
} from '../../system/block/lvm.ts'
import { deactivate } from './deactivation.ts'
import { lvmFailure } from './failure.ts'
import { parameters, pathOf, type VolumeContext } from './parameters.ts'
import { readVolume } from './reading.ts'
import { requireActivatable, type VolumeReport, volumeReport, warningsOf } from './report.ts'
import { whyLvmWaits } from './waiting.ts'

/** LVM suspends a volume for a moment when it changes it; longer means that the command which did so is gone. */
const SUSPENSION_SECONDS = 10

/** One logical volume of a node-private volume group, active or not. */
export const lvmVolume = defineAgent({
  name: 'lvm-volume',
  short: 'Activates one LVM logical volume of this node',
  long: `Activates and deactivates one logical volume of a volume group that belongs to this node alone, below a DRBD
device for example. The group needs no cluster locking. Create the volume with autoactivation off
(lvcreate --setautoactivation n), so that only the cluster decides where it is active. LVM is kept from looking at DRBD
and iSCSI devices, and activates what it is told to, whatever lvm.conf and the devices file say. The monitor reads the
kernel's device-mapper state and starts no process. With OCF_CHECK_LEVEL 10 it reads from the volume, and fails when that
fails or does not end in time.`,
  parameters,
  timeouts: { start: 60, stop: 60, monitor: 20 },

  async state(context) {
    const { parameters, system } = context
    const device = activeVolume(system, parameters.volume_group, parameters.volume)
    if (device === undefined) return stopped
    if (!hasTable(system, device)) return incomplete(`${pathOf(parameters)} has no size: its activation was cut short`)
    if (await staysSuspended(context, device))
      return incomplete(`${pathOf(parameters)} is suspended: an LVM command was cut short`)
    return started
  },

  async start(context) {
    const { parameters, system, deadline, step } = context
    const { volume_group, volume } = parameters
    requireActivatable(await whileAsking(context, report(context)), pathOf(parameters))
    const args = ['--activate', 'y', '--ignoreactivationskip', ...lvmConfig(system, `${volume_group}/${volume}`)]
    const running = system.run(lvchange, [...args, `${volume_group}/${volume}`], { signal: deadline.signal })
    const finished = await reportProgress(step, () => `activating ${pathOf(parameters)}${whyLvmWaits(system)}`, running)
    if (finished.status !== 0) throw failed(`${lvmFailure(lvchange, finished)}${whatIsInTheWay(context)}`)
    if (activeVolume(system, volume_group, volume) === undefined)
      throw failed(`lvchange reported success, but ${pathOf(parameters)} is not active`)
  },

  stop: deactivate,

  deepMonitor: { levels: [10], check: readVolume },

  /**
   * A volume that was active before its start is the one to warn of: this node activated it by itself. For a warning alone LVM
   * is not waited for until the end: another disk may hang it.
   */
  async observe(context, _, occasion) {
    if (occasion !== 'action') return
    const seconds = context.deadline.remainingSeconds() / 2
    try {
      const asking = withTimeout(context.deadline, seconds, signal => report(context, signal))
      const found = await whileAsking(context, asking)
      if (found === undefined) throw failed(`lvs did not end within ${Math.round(seconds)} s`)
      warn(context, found)
    } catch (error) {
      if (!(error instanceof Error)) throw error
      context.log.warn(`cannot check whether autoactivation is off: ${error.message}`)
    }
  },

  async validateHere(context) {
    const found = await whileAsking(context, report(context)).catch((error: unknown) => {
      throw error instanceof OcfError ? invalidHere(error.message, { cause: error }) : error
    })
    requireActivatable(found, pathOf(context.parameters))
    warn(context, found)
  },
})

/** Whether it is suspended, and still is after some seconds. */
async function staysSuspended({ system, deadline }: VolumeContext, device: string): Promise<boolean> {
  const begun = deadline.remainingSeconds()
  while (isSuspended(system, device)) {
    if (begun - deadline.remainingSeconds() >= Math.min(SUSPENSION_SECONDS, begun / 2)) return true
    await system.sleep(200, deadline.signal)
  }
  return false
}

/** Asked once in an action: LVM looks at every disk for it. */
const reports = new WeakMap<VolumeContext, Promise<VolumeReport>>()

function report(context: VolumeContext, signal = context.deadline.signal): Promise<VolumeReport> {
  const { parameters, system } = context
  const asked = reports.get(context)
  if (asked) return asked
  const asking = volumeReport(system, `${parameters.volume_group}/${parameters.volume}`, signal)
  reports.set(context, asking)
  return asking
}

function whileAsking<T>({ parameters, system, step }: VolumeContext, asking: Promise<T>): Promise<T> {
  return reportProgress(step, () => `asking LVM for ${pathOf(parameters)}${whyLvmWaits(system)}`, asking)
}

function warn({ parameters, log }: VolumeContext, report: VolumeReport): void {
  for (const warning of warningsOf(report, `${parameters.volume_group}/${parameters.volume}`)) log.warn(warning)
}

/** LVM does not say that the name is taken. */
function whatIsInTheWay({ parameters, system }: VolumeContext): string {
  const name = mapName(parameters.volume_group, parameters.volume)
  const device = mappedDevice(system, name)
  return device === undefined || isLvm(system, device)
    ? ''
    : `; a device ${name} that LVM did not make is in the way (dmsetup info ${name})`
}
