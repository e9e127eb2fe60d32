import { type Context, defineAgent } from '../../ocf/agent.ts'
import { failed, invalidHere } from '../../ocf/exit.ts'
import type { Parameters } from '../../ocf/parameters.ts'
import { incomplete, started, stopped, stoppedBecause } from '../../ocf/state.ts'
import { parseAbsolutePath, parseDevicePath, parsePattern } from '../../ocf/values.ts'
import { deviceAt } from '../../system/block.ts'
import { type Mount, mountInfo } from '../../system/mounts.ts'
import {
  type Finished,
  ifPresent,
  runToSuccess,
  type System,
  type Tool,
  ToolFailed,
  waitFor,
} from '../../system/system.ts'
import { usersOf } from './users.ts'

const mount: Tool = { name: 'mount', package: 'mount' }
const umount: Tool = { name: 'umount', package: 'mount' }

const parameters = {
  device: {
    type: 'string',
    required: true,
    short: 'block device',
    long: 'Path of the block device that has the file system, such as a link below /dev/disk/by-path.',
    parse: parseDevicePath,
  },
  directory: {
    type: 'string',
    required: true,
    unique: true,
    short: 'mount point',
    long: 'Directory to mount it on; it is made when it does not exist.',
    parse: parseAbsolutePath,
  },
  options: {
    type: 'string',
    default: '',
    short: 'mount options',
    long: 'Options as for mount -o. errors=remount-ro is added unless another errors= is given.',
    parse: parsePattern(/^([a-zA-Z0-9_.:=+-]+(,[a-zA-Z0-9_.:=+-]+)*)?$/, 'mount options separated by commas'),
  },
} as const satisfies Parameters

type MountContext = Context<typeof parameters>

/** One ext3 file system, mounted on one directory. */
export const ext3Filesystem = defineAgent({
  name: 'ext3-filesystem',
  short: 'Mounts an ext3 file system',
  long: `Mounts one ext3 file system on one directory. The monitor does no I/O, which would hang while the disk is away;
it reads the kernel's list of mounts and sees a file system that is not mounted, that has another device, or that an
error has made read-only. A stop unmounts first and ends processes only if they really use this mount.`,
  parameters,
  timeouts: { start: 60, stop: 120, monitor: 20 },

  state({ parameters, system }) {
    const { ours, top } = mountsOn(system, parameters)
    if (top === undefined) return stopped
    if (ours === undefined)
      return stoppedBecause(`${parameters.directory} has ${top.source} mounted on it, not ${parameters.device}`)
    if (deviceAt(system, parameters.device) === undefined)
      return incomplete(`${parameters.device}, mounted on ${parameters.directory}, is gone`)
    if (ours !== top) return incomplete(`the mount on ${parameters.directory} is hidden below ${top.source}`)
    return isReadOnlyByError(parameters.options, top)
      ? incomplete(`${parameters.directory} has become read-only after an error; see the kernel log`)
      : started
  },

  async start(context) {
    const { parameters, system, deadline, step } = context
    const { top } = mountsOn(system, parameters)
    if (top) throw failed(`${parameters.directory} has ${top.source} mounted on it: unmount that first`)
    step(`waiting for ${parameters.device}`)
    await waitForDevice(context)
    refuseSecondMount(context)
    await system.makeDirectory(parameters.directory, { parents: true })
    step(`mounting ${parameters.device} on ${parameters.directory}`)
    const args = ['-t', 'ext3', '-o', mountOptions(parameters.options), '--', parameters.device, parameters.directory]
    await runToSuccess(system, mount, args, { signal: deadline.signal })
  },

  async stop(context) {
    const { parameters, system, deadline, step } = context
    step(`unmounting ${parameters.directory}`)
    for (let attempt = 0; ; attempt += 1) {
      const { ours, top } = mountsOn(system, parameters)
      if (ours === undefined) return
      if (ours !== top)
        throw failed(`the mount on ${parameters.directory} is hidden below ${top?.source}: unmount that first`)
      const finished = await system.run(umount, ['--', parameters.directory], { signal: deadline.signal })
      // the umount that succeeded may have been somebody else's
      if (finished.status !== 0 && mountsOn(system, parameters).ours) await endUsers(context, ours, attempt, finished)
    }
  },

  async validateHere({ parameters, system }) {
    const kind = ifPresent(() => system.stat(parameters.device))?.kind
    if (kind !== undefined && kind !== 'block') throw invalidHere(`${parameters.device} is not a block device`)
  },
})

/**
 * What is mounted on the directory: the topmost mount, and ours. While the device is gone (a session that broke down takes
 * its disk along) an ext3 there is held to be ours: to call it stopped would let it be mounted elsewhere as well.
 */
function mountsOn(system: System, { device, directory }: MountContext['parameters']) {
  const mountPoint = resolved(system, directory)
  const there = mountInfo(system).filter(found => found.mountPoint === mountPoint)
  const number = deviceAt(system, device)
  const isOurs = (found: Mount) => (number === undefined ? found.fileSystem === 'ext3' : found.device === number)
  return { top: there.at(-1), ours: there.findLast(isOurs) }
}

/** The kernel lists mount points without symbolic links. */
function resolved(system: System, directory: string): string {
  return ifPresent(() => system.realPath(directory)) ?? directory
}

function isReadOnlyByError(options: string, { options: mountOptions, superOptions }: Mount): boolean {
  return !options.split(',').includes('ro') && (superOptions.includes('ro') || mountOptions.includes('ro'))
}

function mountOptions(options: string): string {
  const given = options.split(',').filter(option => option !== '')
  const isErrorsGiven = given.some(option => option.startsWith('errors='))
  return [...given, ...(isErrorsGiven ? [] : ['errors=remount-ro'])].join(',')
}

/** udev's link may come a moment after the disk. */
async function waitForDevice({ parameters, system, deadline }: MountContext): Promise<void> {
  const patience = system.now() + 10_000
  const kind = await waitFor(
    system,
    () => ifPresent(() => system.stat(parameters.device))?.kind ?? (system.now() > patience ? 'none' : undefined),
    deadline.signal,
  )
  if (kind === 'none') throw failed(`${parameters.device} does not exist on this node`)
  if (kind !== 'block') throw invalidHere(`${parameters.device} is not a block device`)
}

/** The kernel would let the same file system be mounted twice on one node. */
function refuseSecondMount({ parameters, system }: MountContext): void {
  const number = deviceAt(system, parameters.device)
  const other = mountInfo(system).find(found => found.device === number)
  if (other) throw failed(`${parameters.device} is mounted on ${other.mountPoint} already`)
}

/** Asks the processes that use the mount to end, from the fourth time on without asking. */
async function endUsers(context: MountContext, { device }: Mount, attempt: number, umounted: Finished): Promise<void> {
  const { parameters, system, deadline, log, step } = context
  if (!umounted.stderr.includes('busy')) throw new ToolFailed(umounted)
  const users = usersOf(system, resolved(system, parameters.directory), device)
  const names = users.map(({ pid, name, uses }) => `${name} (pid ${pid}, ${uses})`).join(', ')
  step(
    `unmounting ${parameters.directory}, in use by ${names || 'no process of this mount namespace: see other namespaces, loop devices and NFS exports'}`,
  )
  const signal = attempt < 3 ? 'SIGTERM' : 'SIGKILL'
  if (users.length > 0) log.info(`${parameters.directory} is in use: sending ${signal} to ${names}`)
  for (const { pid } of users) system.signal(pid, signal)
  await system.sleep(500, deadline.signal)
}
