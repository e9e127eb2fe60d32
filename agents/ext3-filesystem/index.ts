import { defineAgent } from '../../ocf/agent.ts'
import { failed, invalidHere } from '../../ocf/exit.ts'
import { degraded, incomplete, type State, started, stopped, stoppedBecause } from '../../ocf/state.ts'
import { ifPresent, type System } from '../../system/system.ts'
import { deepMonitor } from './deep-monitor.ts'
import { errorCount, type MountState, mountState } from './mount-state.ts'
import { ensureDirectory, mountDevice, requireFilesystem, waitForDevice } from './mounting.ts'
import { describeProcess, findOrphan, killOrphan } from './orphaned-tool.ts'
import { type MountContext, parameters } from './parameters.ts'
import { unmountEverywhere } from './unmounting.ts'

/**
 * Options by which the mount table shows a file system that accepts no writes. After an error most kernels show none: since
 * 6.1.129 and 6.12 errors=remount-ro no longer sets `ro`, and `emergency_ro` is newer still.
 */
const READ_ONLY = ['ro', 'emergency_ro', 'shutdown', 'abort']

/** One ext3 file system, mounted on one directory. */
export const ext3Filesystem = defineAgent({
  name: 'ext3-filesystem',
  short: 'Mounts an ext3 file system',
  long: `Mounts one ext3 file system on one directory, after verifying that the device contains one. The monitor does no
I/O, which would hang while the disk is unreachable; it reads the kernel's tables and detects a file system that is not
mounted, that is on another device, or that an error has made read-only. With OCF_CHECK_LEVEL 10 it reads from the device,
with 20 it writes a file and reads it back.
A stop finishes when the kernel has released the file system: it unmounts it from the directory and from wherever else on
this node it is mounted (bind mounts, mount namespaces), with everything mounted on it; it terminates only processes that
really use this file system.`,
  parameters,
  timeouts: { start: 60, stop: 120, monitor: 20 },

  state(context) {
    const { parameters, system } = context
    const mount = mountState(system, parameters)
    const { systemMount } = mount
    if (systemMount !== undefined)
      return stoppedBecause(
        `${parameters.device} holds this node's own file system, mounted on ${systemMount.mountPoint}`,
      )
    if (mount.ours !== undefined) return mountedState(system, parameters, mount)
    const orphan = findOrphan(context)
    return orphan === undefined
      ? unmountedState(parameters, mount)
      : incomplete(`${describeProcess(orphan)} is still working on ${parameters.device}`)
  },

  async start(context) {
    const { parameters, system, step } = context
    const { top } = mountState(system, parameters)
    if (top) throw failed(`${top.source} is mounted on ${parameters.directory}: unmount it first`)
    await waitForDevice(context)
    const { elsewhere } = mountState(system, parameters)
    const [other] = elsewhere
    if (other) throw failed(`${parameters.device} is already mounted on ${other.mountPoint}: unmount it first`)
    step(`creating ${parameters.directory}`)
    await ensureDirectory(context)
    await requireFilesystem(context)
    await mountDevice(context)
  },

  async stop(context) {
    await killOrphan(context)
    await unmountEverywhere(context)
  },

  deepMonitor: { levels: [10, 20], check: deepMonitor },

  /** The device of a stopped resource may be absent; an existing one must be of the right kind. */
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

/** Not stopped while the kernel uses the file system anywhere on this node: a start elsewhere would destroy it. */
function unmountedState(
  { device, directory }: MountContext['parameters'],
  { top, elsewhere, isInUse: isAlive }: MountState,
): State {
  if (elsewhere.length > 0)
    return incomplete(
      `${device} is not mounted on ${directory}, but on ${elsewhere.map(({ mountPoint }) => mountPoint).join(', ')}`,
    )
  if (isAlive)
    return incomplete(
      `${device} is not mounted on ${directory}, but its file system is still in use: in another mount namespace, or because unmounting it has not finished`,
    )
  return top === undefined ? stopped : stoppedBecause(`${top.source} is mounted on ${directory}, not ${device}`)
}

function mountedState(
  system: System,
  parameters: MountContext['parameters'],
  { ours, top, name, number }: MountState,
): State {
  const { device, directory, options } = parameters
  if (ours === undefined || top === undefined) return stopped
  if (number !== ours.device) return incomplete(`${device}, mounted on ${directory}, is gone`)
  if (ours !== top) return incomplete(`the mount on ${directory} is hidden by ${top.source}: unmount ${top.source}`)
  if (!options.includes('ro') && READ_ONLY.some(word => [...top.superOptions, ...top.options].includes(word)))
    return incomplete(`${directory} is read-only, probably after an error: check the kernel log`)
  // a start leaves no errors, so these are newer
  const errors = name === undefined ? 0 : errorCount(system, name)
  if (errors > 0 && options.includes('errors=continue'))
    return degraded(
      'started',
      `the kernel found ${errors} errors in the file system on ${device}: restart the resource to run e2fsck`,
    )
  if (errors > 0) return incomplete(`${directory} is read-only: the kernel found errors in it; check the kernel log`)
  return started
}
