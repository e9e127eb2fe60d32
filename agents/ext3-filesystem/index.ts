import { defineAgent } from '../../ocf/agent.ts'
import { failed, invalidHere } from '../../ocf/exit.ts'
import { degraded, incomplete, type State, started, stopped, stoppedBecause } from '../../ocf/state.ts'
import type { Mount } from '../../system/proc/mountinfo.ts'
import { ifPresent, type System } from '../../system/system.ts'
import { deepMonitor } from './deep-monitor.ts'
import { errorCount, type MountState, mountState } from './mount-state.ts'
import { examine, mountDevice, provideDirectory, waitForDevice } from './mounting.ts'
import { describeProcess, findOrphan, killOrphan } from './orphaned-tool.ts'
import { type MountContext, parameters } from './parameters.ts'
import { unmountEverywhere } from './unmounting.ts'

/**
 * How a file system that takes no writes is listed. After an error most kernels say nothing there: since 6.1.129 and 6.12
 * errors=remount-ro does not make it `ro` any more, and `emergency_ro` is newer still.
 */
const READ_ONLY = ['ro', 'emergency_ro', 'shutdown', 'abort']

/** One ext3 file system, mounted on one directory. */
export const ext3Filesystem = defineAgent({
  name: 'ext3-filesystem',
  short: 'Mounts an ext3 file system',
  long: `Mounts one ext3 file system on one directory, after making sure that the device has one. The monitor does no I/O,
which would hang while the disk is away; it reads what the kernel lists and sees a file system that is not mounted, that
has another device, or that an error has made read-only. With OCF_CHECK_LEVEL 10 it reads from the device, with 20 it
writes a file and reads it back.
A stop ends when the kernel has let go of the file system: it unmounts it from the directory, from wherever else on this
node it is mounted (bind mounts, mount namespaces), and what is mounted on it; it ends processes only if they really use
this file system.`,
  parameters,
  timeouts: { start: 60, stop: 120, monitor: 20 },

  inspect(context): State {
    const { parameters, system } = context
    const presence = mountState(system, parameters)
    const { systemMount: essential } = presence
    if (essential !== undefined)
      return stoppedBecause(`${parameters.device} is what this node has mounted on ${pointOf(essential)}`)
    if (presence.ours !== undefined) return stateOf(system, parameters, presence)
    const left = findOrphan(context)
    return left === undefined
      ? stateOfUnmounted(parameters, presence)
      : incomplete(`${describeProcess(left)}, is at work on ${parameters.device}`)
  },

  stateOf: state => state,

  async start(context) {
    const { parameters, system, step } = context
    const { top } = mountState(system, parameters)
    if (top) throw failed(`${parameters.directory} has ${top.source} mounted on it: unmount that first`)
    await waitForDevice(context)
    const { elsewhere } = mountState(system, parameters)
    const [other] = elsewhere
    if (other) throw failed(`${parameters.device} is mounted on ${other.mountPoint} already`)
    step(`making ${parameters.directory}`)
    await provideDirectory(context)
    await examine(context)
    await mountDevice(context)
  },

  async stop(context) {
    await killOrphan(context)
    await unmountEverywhere(context)
  },

  deepMonitor: { levels: [10, 20], check: deepMonitor },

  /** The device of a stopped resource may be absent; what is there must be of the right kind. */
  async validateHere({ parameters, system }) {
    const device = ifPresent(() => system.stat(parameters.device))?.kind
    if (device !== undefined && device !== 'block') throw invalidHere(`${parameters.device} is not a block device`)
    const directory = ifPresent(() => system.stat(parameters.directory))?.kind
    if (directory === undefined && !parameters.create_directory)
      throw invalidHere(`the mount point ${parameters.directory} does not exist (create_directory is off)`)
    if (directory !== undefined && directory !== 'directory')
      throw invalidHere(`${parameters.directory} is not a directory`)
  },
})

/** Not stopped while the kernel has the file system in use anywhere here: a start elsewhere would destroy it. */
function stateOfUnmounted(
  { device, directory }: MountContext['parameters'],
  { top, elsewhere, isAlive }: MountState,
): State {
  if (elsewhere.length > 0)
    return incomplete(`${device} is not mounted on ${directory}, but on ${elsewhere.map(pointOf).join(', ')}`)
  if (isAlive)
    return incomplete(
      `${device} is not mounted on ${directory}, but its file system is still in use: in another mount namespace, or because unmounting it has not ended`,
    )
  return top === undefined ? stopped : stoppedBecause(`${directory} has ${top.source} mounted on it, not ${device}`)
}

function pointOf({ mountPoint }: Mount): string {
  return mountPoint
}

function stateOf(
  system: System,
  parameters: MountContext['parameters'],
  { ours, top, name, number }: MountState,
): State {
  const { device, directory, options } = parameters
  if (ours === undefined || top === undefined) return stopped
  if (number !== ours.device) return incomplete(`${device}, mounted on ${directory}, is gone`)
  if (ours !== top) return incomplete(`the mount on ${directory} is hidden below ${top.source}`)
  if (!options.includes('ro') && READ_ONLY.some(word => [...top.superOptions, ...top.options].includes(word)))
    return incomplete(`${directory} is read-only, as after an error; see the kernel log`)
  // a start leaves none, so these have come since
  const errors = name === undefined ? 0 : errorCount(system, name)
  if (errors > 0 && options.includes('errors=continue'))
    return degraded(
      'started',
      `the kernel has met ${errors} errors in the file system on ${device}; restart it for e2fsck`,
    )
  if (errors > 0) return incomplete(`${directory} is read-only: the kernel has met errors in it; see the kernel log`)
  return started
}
