import { failed, invalidHere } from '../../ocf/exit.ts'
import { deviceSize } from '../../system/block/block-devices.ts'
import { mount } from '../../system/proc/mountinfo.ts'
import { ifPresent, type Tool, waitFor } from '../../system/system.ts'
import { withDeviceProgress } from './device-progress.ts'
import { checkFailure, mountFailure } from './exit-status.ts'
import { mountState } from './mount-state.ts'
import { runTracked } from './orphaned-tool.ts'
import type { MountContext } from './parameters.ts'
import { describeContent, type ExtSuperblock, PROBE_BYTES, parseSuperblock } from './superblock.ts'

const e2fsck: Tool = { name: 'e2fsck', package: 'e2fsprogs' }

/** e2fsck(8): "File system errors corrected" is success. */
const CORRECTED = 1

/** udev's link may come a moment after the disk. */
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

/** Requires an ext3 file system on the device, and runs e2fsck when the superblock or `run_fsck` requires it. */
export async function requireFilesystem(context: MountContext): Promise<void> {
  const { parameters, system } = context
  const { device, run_fsck } = parameters
  const bytes = await withDeviceProgress(
    context,
    `reading the superblock of ${device}`,
    system.readBytes(device, 0, PROBE_BYTES),
  )
  const superblock = requireExt3(context, bytes)
  if (run_fsck === 'no' && superblock.hasErrors)
    throw failed(`the file system on ${device} has errors, and run_fsck=no: run e2fsck -f ${device}`)
  if (run_fsck === 'force' || superblock.hasErrors) await runE2fsck(context)
}

/** @throws OcfError (2) that names the actual content of the device, or (1) when the device has no size. */
function requireExt3({ parameters, system }: MountContext, bytes: Uint8Array): ExtSuperblock {
  const { device } = parameters
  // a removed disk keeps its name while a process has it open, and a new disk may have no size yet
  if (bytes.length === 0) throw failed(`${device} has no size: its disk is gone or never appeared`)
  const superblock = parseSuperblock(bytes)
  if (superblock === undefined)
    throw invalidHere(`${device} does not have an ext3 file system: it has ${describeContent(bytes)}`)
  if (superblock.foreignFeatures.length > 0)
    throw invalidHere(
      `${device} has an ext4 file system, which cannot be mounted as ext3 (${superblock.foreignFeatures.join(', ')})`,
    )
  if (!superblock.hasJournal)
    throw invalidHere(`${device} has an ext2 file system, which has no journal: run tune2fs -j ${device} to add one`)
  const { number } = mountState(system, parameters)
  const size = number === undefined ? undefined : deviceSize(system, number)
  if (size !== undefined && size < superblock.sizeBytes)
    throw invalidHere(
      `${device} has ${size} bytes, but the file system on it ${superblock.sizeBytes}: the device shrank or is a different one`,
    )
  return superblock
}

async function runE2fsck(context: MountContext): Promise<void> {
  const { parameters, log } = context
  const running = runTracked(context, e2fsck, ['-p', '-f', '--', parameters.device])
  const finished = await withDeviceProgress(
    context,
    `checking the file system on ${parameters.device} with e2fsck`,
    running,
  )
  if (finished.status === CORRECTED) log.warn(`e2fsck corrected errors in the file system on ${parameters.device}`)
  else if (finished.status !== 0) throw checkFailure(finished)
}

/** Mounts the device; the journal of a file system that was not unmounted is replayed by the kernel. */
export async function mountDevice(context: MountContext): Promise<void> {
  const { parameters, system, log } = context
  const { device, directory, options } = parameters
  const args = ['-t', 'ext3', '-o', withErrorsOption(options).join(','), '--', device, directory]
  const running = runTracked(context, mount, args)
  const finished = await withDeviceProgress(context, `mounting ${device} on ${directory}`, running)
  if (finished.status === 0) return
  if (mountState(system, parameters).ours === undefined) throw mountFailure(finished)
  log.warn(`${device} is mounted, although ${mountFailure(finished).message}`)
}

function withErrorsOption(options: readonly string[]): string[] {
  const isGiven = options.some(option => option.startsWith('errors='))
  return [...options, ...(isGiven ? [] : ['errors=remount-ro'])]
}
