import type { Context } from '../../ocf/agent.ts'
import type { Parameters } from '../../ocf/parameters.ts'
import { parseAbsolutePath, parseBoolean, parseChoice, parseDevicePath } from '../../ocf/values.ts'

/** Not longer than the page of them that mount(2) takes, ours included. */
const OPTIONS = /^(?!.{4001})([a-zA-Z0-9_.:=+-]+(,[a-zA-Z0-9_.:=+-]+)*)?$/

/** mount(8): these make something else of the call than the mount of one device on one directory. */
const OTHER_OPERATIONS =
  /^(remount|r?bind|move|loop|offset|sizelimit|r?(shared|slave|private|unbindable)|X-mount\..*)(=|$)/

function parseOptions(text: string): readonly string[] {
  if (!OPTIONS.test(text))
    throw new RangeError('up to 4000 characters of mount options separated by commas are expected')
  const options = text.split(',').filter(option => option !== '')
  const other = options.find(option => OTHER_OPERATIONS.test(option))
  if (other !== undefined) throw new RangeError(`options of the file system are expected, not ${other}`)
  return options
}

/** The stock agent knows booleans here too. */
function parseForce(text: string): 'yes' | 'safe' | 'no' {
  if (text === 'safe') return text
  try {
    return parseBoolean(text) ? 'yes' : 'no'
  } catch (cause) {
    throw new RangeError('yes, safe or no is expected', { cause })
  }
}

export const parameters = {
  device: {
    type: 'string',
    required: true,
    identifies: true,
    short: 'block device',
    long: 'Path of the block device that has the file system, such as a link below /dev/disk/by-path.',
    parse: parseDevicePath,
  },
  directory: {
    type: 'string',
    required: true,
    identifies: true,
    unique: true,
    short: 'mount point',
    long: 'Directory to mount it on.',
    parse: parseAbsolutePath,
  },
  create_directory: {
    type: 'boolean',
    default: 'yes',
    short: 'make the mount point',
    long: 'Whether the directory is made, with those above it, when it does not exist; otherwise a start fails then.',
    parse: parseBoolean,
  },
  options: {
    type: 'string',
    default: '',
    short: 'mount options',
    long: 'Options as for mount -o. errors=remount-ro is added unless another errors= is given.',
    parse: parseOptions,
  },
  run_fsck: {
    type: 'string',
    default: 'auto',
    short: 'when to check the file system',
    long: `When e2fsck -p -f checks and repairs the file system before it is mounted. auto: when its superblock says that the
kernel has met errors in it; one that merely was not unmounted has its journal replayed by mounting it. force: at every
start; give the start time for that. no: never; one with errors is not mounted.`,
    parse: parseChoice('auto', 'force', 'no'),
  },
  force_unmount: {
    type: 'string',
    default: 'yes',
    short: 'whether to end processes that use the mount',
    long: `What a stop does about processes that keep the file system busy. yes: it asks them to end (SIGTERM), ends them
after five seconds (SIGKILL), and those too that keep it mounted merely by living in a mount namespace (a container) from
which it cannot be unmounted. safe: the same, but only processes that have something open on it. no: none; it waits for
them. Who is left when the time is up is named. Never ended are processes that use only another file system.`,
    parse: parseForce,
  },
} as const satisfies Parameters

export type MountContext = Context<typeof parameters>
