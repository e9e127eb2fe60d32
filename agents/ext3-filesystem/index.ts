import { defineAgent } from '../../ocf/agent.ts'
import { failed, invalidHere } from '../../ocf/exit.ts'
import { ifPresent } from '../../system/system.ts'
import { requireFilesystem } from './checking.ts'
import { deepMonitor } from './deep-monitor.ts'
import { withLastResort } from './device-progress.ts'
import { mountState } from './mount-state.ts'
import { ensureDirectory, mountSound, waitForDevice } from './mounting.ts'
import { killOrphan } from './orphaned-tool.ts'
import { parameters } from './parameters.ts'
import { automountText, inspect, isAutomount, stateOf } from './state.ts'
import { unmountEverywhere } from './unmount/unmounting.ts'

/** One ext3 file system, mounted on one directory. */
export const ext3Filesystem = defineAgent({
  name: 'ext3-filesystem',
  short: 'Mounts an ext3 file system',
  long: `Mounts one ext3 file system on one directory, after verifying that the device contains one. The monitor does no
I/O, which would hang while the disk is unreachable; it reads the kernel's tables and detects a file system that is not
mounted, that is on another device, or that an error has made read-only. With OCF_CHECK_LEVEL 10 it reads from the device,
with 20 it writes a file and reads it back.
A stop finishes when the kernel has released the file system: it unmounts it from the directory and from wherever else on
this node it is mounted (bind mounts, mount namespaces), with everything mounted on it; force_unmount says which processes it
terminates for that. If the session of the disk is lost and does not come back, the stop logs out of it shortly before its
time is over: what was not written yet is lost, as if the node had been fenced, but the node is not.`,
  parameters,
  timeouts: { start: 60, stop: 120, monitor: 40 },

  inspect,
  stateOf,

  async start(context) {
    const { parameters, system, step } = context
    const { top } = mountState(system, parameters)
    if (top && isAutomount(top)) throw failed(automountText(parameters.directory))
    if (top) throw failed(`${top.source} is mounted on ${parameters.directory}: unmount it first`)
    await waitForDevice(context)
    const { elsewhere } = mountState(system, parameters)
    const [other] = elsewhere
    if (other) throw failed(`${parameters.device} is already mounted on ${other.mountPoint}: unmount it first`)
    step(`creating ${parameters.directory}`)
    await ensureDirectory(context)
    await requireFilesystem(context)
    await mountSound(context)
  },

  async stop(context) {
    await killOrphan(context)
    await withLastResort(context, unmountEverywhere(context))
  },

  deepMonitor: { levels: [10, 20], check: (context, level) => deepMonitor(context, level) },

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
