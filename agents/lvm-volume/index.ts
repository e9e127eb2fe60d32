import { defineAgent } from '../../ocf/agent.ts'
import { failed, invalidHere, OcfError } from '../../ocf/exit.ts'
import { reportProgress } from '../../ocf/progress.ts'
import { withTimeout } from '../../ocf/timeout.ts'
import { activeVolume, isLvm, lvchange, lvmConfig, mapName, mappedDevice } from '../../system/block/lvm.ts'
import { deactivate } from './deactivation.ts'
import { lvmFailure } from './failure.ts'
import { describeVolume, parameters, type VolumeContext } from './parameters.ts'
import { readVolume } from './reading.ts'
import { requireActivatable, requireNoRollback, type VolumeReport, volumeReport, warningsOf } from './report.ts'
import { inspect, stateOf } from './state.ts'
import { lvmWaitReason } from './waiting.ts'

/** One logical volume of a node-private volume group, active or not. */
export const lvmVolume = defineAgent({
  name: 'lvm-volume',
  short: 'Activates one LVM logical volume of this node',
  long: `Activates and deactivates one logical volume of a volume group that belongs to this node alone, below a DRBD
device for example. The group needs no cluster locking. Create the volume with autoactivation off
(lvcreate --setautoactivation n), so that only the cluster decides where it is active. Its LVM commands scan no
DRBD or iSCSI device, and do not depend on lvm.conf or the devices file. The monitor reads the kernel's device-mapper state
and starts no process. With OCF_CHECK_LEVEL 10 it reads from the volume, and fails if the read fails or does not finish in
time.`,
  parameters,
  timeouts: { start: 60, stop: 60, monitor: 40 },

  inspect,
  stateOf,

  async start(context) {
    const { parameters, system, deadline, step } = context
    const { volume_group, volume } = parameters
    const report = await withLvmProgress(context, reportOf(context, deadline.signal))
    requireActivatable(report, describeVolume(parameters))
    const args = ['--activate', 'y', '--ignoreactivationskip', ...lvmConfig(system, `${volume_group}/${volume}`)]
    const running = system.run(lvchange, [...args, `${volume_group}/${volume}`], { signal: deadline.signal })
    const finished = await reportProgress(
      step,
      () => `activating ${describeVolume(parameters)}${lvmWaitReason(system)}`,
      running,
    )
    const isActive = activeVolume(system, volume_group, volume) !== undefined
    // another process may have activated it
    if (finished.status !== 0 && !isActive) throw failed(`${nameConflict(context)}${lvmFailure(lvchange, finished)}`)
    if (!isActive) throw failed(`lvchange reported success, but ${describeVolume(parameters)} is not active`)
    logWarnings(context, report)
  },

  completeStart: checkEarlierActivation,

  // by a function, so that a monitor does not evaluate its module
  stop: context => deactivate(context),

  deepMonitor: {
    levels: [10],
    async check(context) {
      await readVolume(context)
      return {}
    },
  },

  async validateHere(context) {
    const querying = withLvmProgress(context, reportOf(context, context.deadline.signal))
    const report = await querying.catch((error: unknown) => {
      throw error instanceof OcfError ? invalidHere(error.message, { cause: error }) : error
    })
    requireActivatable(report, describeVolume(context.parameters))
    logWarnings(context, report)
  },
})

/**
 * Refuses a volume that was active before its start because it is being rolled back, and warns if the node activated it automatically. LVM
 * gets half of the remaining time, because another disk may make it hang.
 */
async function checkEarlierActivation(context: VolumeContext): Promise<void> {
  const report = await earlierReport(context)
  if (report === undefined) return
  requireNoRollback(report, describeVolume(context.parameters))
  logWarnings(context, report)
}

/** Undefined if LVM does not answer, which is logged. */
async function earlierReport(context: VolumeContext): Promise<VolumeReport | undefined> {
  const { deadline, log } = context
  const seconds = deadline.remainingSeconds() / 2
  try {
    const querying = withTimeout(deadline, seconds, signal => reportOf(context, signal))
    const report = await withLvmProgress(context, querying)
    if (report === undefined) throw failed(`lvs did not finish within ${Math.round(seconds)} s`)
    return report
  } catch (error) {
    if (!(error instanceof Error)) throw error
    log.warn(`cannot check whether autoactivation is off: ${error.message}`)
    return undefined
  }
}

function reportOf({ parameters, system }: VolumeContext, signal: AbortSignal): Promise<VolumeReport> {
  return volumeReport(system, `${parameters.volume_group}/${parameters.volume}`, signal)
}

function withLvmProgress<T>({ parameters, system, step }: VolumeContext, querying: Promise<T>): Promise<T> {
  return reportProgress(step, () => `querying LVM for ${describeVolume(parameters)}${lvmWaitReason(system)}`, querying)
}

function logWarnings({ parameters, log }: VolumeContext, report: VolumeReport): void {
  for (const warning of warningsOf(report, `${parameters.volume_group}/${parameters.volume}`)) log.warn(warning)
}

/** LVM does not report that another device has the name. */
function nameConflict({ parameters, system }: VolumeContext): string {
  const name = mapName(parameters.volume_group, parameters.volume)
  const device = mappedDevice(system, name)
  return device === undefined || isLvm(system, device)
    ? ''
    : `LVM did not create the device ${name}, which has the name of the volume: check dmsetup info ${name}; `
}
