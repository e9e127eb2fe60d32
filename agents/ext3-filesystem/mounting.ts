import { failed, invalidHere } from '../../ocf/exit.ts'
import { mount } from '../../system/proc/mountinfo.ts'
import { ifPresent, waitFor } from '../../system/system.ts'
import { hasErrorsMounted, runE2fsck } from './checking.ts'
import { withDeviceProgress } from './device-progress.ts'
import { mountFailure } from './exit-status.ts'
import { withHolders } from './holders.ts'
import { mountState } from './mount-state.ts'
import { runTracked } from './orphaned-tool.ts'
import type { MountContext } from './parameters.ts'
import { unmountEverywhere } from './unmount/unmounting.ts'

/** udev may create the link a moment after the disk appears. */
export async function waitForDevice({ parameters, system, deadline, step }: MountContext): Promise<void> {
  step(`waiting for ${parameters.device}`)
  const end = system.now() + 10_000
  const kind = await waitFor(
    system,
    () => ifPresent(() => system.stat(parameters.device))?.kind ?? (system.now() > end ? 'none' : undefined),
    deadline.signal,
  )
  if (kind === 'none') throw failed(`${parameters.device} does not exist on this node`)
  if (kind !== 'block') throw invalidHere(`${parameters.device} is not a block device`)
}

/** Creates the directory, if create_directory allows it. @throws OcfError when it is missing or not a directory. */
export async function ensureDirectory({ parameters, system }: MountContext): Promise<void> {
  const { directory, create_directory } = parameters
  const kind = ifPresent(() => system.stat(directory))?.kind
  if (kind === 'directory') return
  if (kind !== undefined) throw invalidHere(`${directory} is not a directory`)
  if (!create_directory) throw invalidHere(`the mount point ${directory} does not exist (create_directory is off)`)
  await system.makeDirectory(directory, { parents: true })
}

/** Mounts the device; if only the mount reveals errors, unmounts it, runs e2fsck and mounts it again. */
export async function mountSound(context: MountContext): Promise<void> {
  const { parameters, log } = context
  const { device, run_fsck } = parameters
  await mountDevice(context)
  if (!(await hasErrorsMounted(context))) return
  await unmountEverywhere(context)
  if (run_fsck === 'no')
    throw failed(`the journal of ${device} records errors of its file system, and run_fsck=no: run e2fsck -f ${device}`)
  log.warn(`the journal of ${device} records errors of its file system: unmounted it to run e2fsck`)
  await runE2fsck(context)
  await mountDevice(context)
  if (!(await hasErrorsMounted(context))) return
  await unmountEverywhere(context)
  throw failed(`the file system on ${device} has errors again after e2fsck and a mount: run e2fsck -f ${device}`)
}

/** Mounts the device; the journal of a file system that was not unmounted is replayed by the kernel. */
async function mountDevice(context: MountContext): Promise<void> {
  const { parameters, system, log } = context
  const { device, directory, options } = parameters
  const args = ['-t', 'ext3', '-o', withErrorsOption(options).join(','), '--', device, directory]
  const running = runTracked(context, mount, args)
  const finished = await withDeviceProgress(context, `mounting ${device} on ${directory}`, running)
  if (finished.status === 0) return
  if (mountState(system, parameters).ours === undefined) throw withHolders(context, finished, mountFailure(finished))
  log.warn(`${device} is mounted, although ${mountFailure(finished).message}`)
}

function withErrorsOption(options: readonly string[]): string[] {
  const isGiven = options.some(option => option.startsWith('errors='))
  return [...options, ...(isGiven ? [] : ['errors=remount-ro'])]
}
