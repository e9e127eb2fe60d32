import type { Context } from '../../ocf/agent.ts'
import type { Parameters } from '../../ocf/parameters.ts'
import { parseAbsolutePath, parseBoolean, parseChoice, parseDevicePath } from '../../ocf/values.ts'

/** mount(2) takes one page of options, including those that the agent adds. */
const LONGEST_OPTIONS = 4000

/** A word, with a value or without, or an absolute path as a value, such as that of journal_path. */
const OPTION = /^([a-zA-Z0-9_.:=+-]+|[a-zA-Z0-9_]+=(\/(?!\.{1,2}(\/|$))[a-zA-Z0-9_.:+-]+)+)$/

/** mount(8): with these options the call does something other than mounting one device on one directory. */
const OTHER_OPERATIONS =
  /^(remount|r?bind|move|loop|offset|sizelimit|r?(shared|slave|private|unbindable)|X-mount\..*)(=|$)/

function parseOptions(text: string): readonly string[] {
  const options = text === '' ? [] : text.split(',')
  if (text.length > LONGEST_OPTIONS || !options.every(option => OPTION.test(option)))
    throw new RangeError(`up to ${LONGEST_OPTIONS} characters of mount options separated by commas are expected`)
  const other = options.find(option => OTHER_OPERATIONS.test(option))
  if (other !== undefined) throw new RangeError(`options of the file system are expected, not ${other}`)
  return options
}

/** A trailing slash is removed: shells append one when they complete the name of a directory. */
function parseDirectory(text: string): string {
  return parseAbsolutePath(text.length > 1 && text.endsWith('/') ? text.slice(0, -1) : text)
}

/** The stock agent accepts booleans here too. */
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
    long: 'Path of the block device that contains the file system, such as a link below /dev/disk/by-path.',
    parse: parseDevicePath,
  },
  directory: {
    type: 'string',
    required: true,
    identifies: true,
    unique: true,
    short: 'mount point',
    long: 'Directory to mount it on.',
    parse: parseDirectory,
  },
  create_directory: {
    type: 'boolean',
    default: 'yes',
    short: 'create the mount point',
    long: 'Whether a start creates a missing directory, with its parents; otherwise the start fails.',
    parse: parseBoolean,
  },
  options: {
    type: 'string',
    default: '',
    short: 'mount options',
    long: 'Options as for mount -o. errors=remount-ro is added unless errors= is given.',
    parse: parseOptions,
  },
  run_fsck: {
    type: 'string',
    default: 'auto',
    short: 'when to check the file system',
    long: `When e2fsck -p -f checks and repairs the file system before it is mounted. auto: when its superblock or its journal
records errors that the kernel found; a file system that merely was not unmounted has its journal replayed by the mount. force: at every
start; set a start timeout that allows for it. no: never; a file system with errors is not mounted.`,
    parse: parseChoice('auto', 'force', 'no'),
  },
  force_unmount: {
    type: 'string',
    default: 'yes',
    short: 'whether to terminate processes that use the mount',
    long: `How a stop treats processes that keep the file system busy. yes: it terminates them (SIGTERM), kills them after
five seconds (SIGKILL), and does the same to processes that keep it mounted merely by living in a mount namespace (a
container) in which unmounting it fails or makes no progress. safe: the same, but only for processes that have it open. no: it
terminates none and waits for them. Processes that remain at the timeout are named. Processes that use only another file
system are not terminated, but yes makes exceptions before the stop would fail and the node be fenced. When nothing else is found that
keeps the file system busy, it terminates processes with a descriptor that may be what does (files in flight in a UNIX socket, a mount
context, a mount namespace without processes). In the second half of the timeout it also terminates those that use what is mounted on
the file system and, while nothing is found, all processes of ordinary users; it kills processes that replace themselves faster than
they are found together with all others of their user, unless that is root. When a user that was killed does not end, it kills its
tracer, ends the connection to a server in user space (FUSE) that does not answer, and thaws its control group. It also switches off
swap files on it, and unmounts and detaches loop devices on files of it. yes and safe end the connection to such a server, too, when
its file system is mounted on this one and cannot be unmounted.`,
    parse: parseForce,
  },
} as const satisfies Parameters

export type MountContext = Context<typeof parameters>
