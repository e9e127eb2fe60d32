import type { Context } from '../../ocf/agent.ts'
import { notConfigured } from '../../ocf/exit.ts'
import type { Parameters, Values } from '../../ocf/parameters.ts'
import { parseAbsolutePath, parseBoolean, parseInteger, parsePattern } from '../../ocf/values.ts'

/** A user namespace of a container has this many ids, and begins at a multiple of it. */
export const ID_RANGE = 65536

/** The ids that systemd leaves to containers (UIDS-GIDS.md). */
const FIRST_ID = 0x80000
const LAST_ID = 0x6fff0000

/** Whether an id can be the first one of a container with ids of its own. */
export function isIdOfContainers(id: number): boolean {
  return id % ID_RANGE === 0 && id >= FIRST_ID && id <= LAST_ID
}

/** How a container is connected: `bridge` by a veth pair to a bridge of the node, `macvlan` beside an interface of the node. */
export type Network =
  | { readonly kind: 'none' | 'host' }
  | { readonly kind: 'bridge' | 'macvlan'; readonly interfaceName: string }

/** The name is also that of the unit, and the host name in the container: hostname(7) allows 64 bytes, a label of DNS 63. */
const parseMachine = parsePattern(
  /^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/i,
  'a name of letters, digits and dashes, at most 63, a letter first and no dash last,',
)

/** A trailing slash is removed: shells append one when they complete the name of a directory. */
function parseTree(text: string): string {
  const directory = parseAbsolutePath(text.length > 1 && text.endsWith('/') ? text.slice(0, -1) : text)
  if (directory === '/') throw new RangeError('a directory other than / is expected')
  return directory
}

/** The kernel allows 15 bytes (IFNAMSIZ), and neither blanks, slashes nor colons. */
const INTERFACE = /^(bridge|macvlan):([a-zA-Z0-9][a-zA-Z0-9_.-]{0,14})$/

function parseNetwork(text: string): Network {
  if (text === 'none' || text === 'host') return { kind: text }
  const [, kind, interfaceName] = INTERFACE.exec(text) ?? []
  if (interfaceName === undefined)
    throw new RangeError(
      'none, host, bridge:NAME or macvlan:NAME with an interface of at most 15 characters is expected',
    )
  return { kind: kind === 'bridge' ? kind : 'macvlan', interfaceName }
}

/** `owner`, or the first id that the tree must have; 0 is no user namespace. */
function parsePrivateUsers(text: string): 'owner' | number {
  if (text === 'owner') return 'owner'
  if (text === 'no') return 0
  const first = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  if (!isIdOfContainers(first))
    throw new RangeError(`owner, no, or a multiple of ${ID_RANGE} from ${FIRST_ID} to ${LAST_ID} is expected`)
  return first
}

/** Words that no program between here and the container reads as anything else. */
const WORD = /^[a-zA-Z0-9_@%+=:,./-]+$/

function parseCommand(text: string): readonly string[] {
  const [program = '', ...args] = text.split(' ').filter(word => word !== '')
  if (text.length > 4000 || !program.startsWith('/') || ![program, ...args].every(word => WORD.test(word)))
    throw new RangeError(
      'the absolute path of a program in the tree, and its arguments, separated by blanks and without quotes, are expected',
    )
  return [parseAbsolutePath(program), ...args]
}

export const parameters = {
  machine: {
    type: 'string',
    required: true,
    identifies: true,
    unique: true,
    short: 'name of the container',
    long: `Name of the container: for machinectl, and its host name unless it has one of its own. Its unit is
vhacs-nspawn-NAME.service in machine.slice.`,
    parse: parseMachine,
  },
  directory: {
    type: 'string',
    required: true,
    identifies: true,
    unique: true,
    short: 'root directory of the container',
    long: `Directory that contains the operating system's tree of the container. It must be on a file system other than the
node's own: when that is not mounted, the start fails instead of running an older tree from below the mount point.`,
    parse: parseTree,
  },
  boot: {
    type: 'boolean',
    short: 'boot the init of the tree',
    long: `Whether the container runs the init of its tree. The default is yes, unless command is given.`,
    parse: parseBoolean,
  },
  command: {
    type: 'string',
    short: 'command to run instead of an init',
    long: `Program of the tree, by its absolute path, with arguments separated by blanks, without quotes, that runs instead
of an init; a minimal init of systemd-nspawn takes care of its processes. When it ends, the container has failed.`,
    parse: parseCommand,
  },
  network: {
    type: 'string',
    default: 'none',
    short: 'network of the container',
    long: `none: only a loopback interface. host: the network of the node, with all of its interfaces and addresses.
bridge:NAME: the interface host0 in the container, connected to that bridge of the node. macvlan:NAME: the interface mv-NAME in the
container, with a MAC address of its own in the network of that interface of the node. Bridge and interface need the same name on all
nodes.`,
    parse: parseNetwork,
  },
  private_users: {
    type: 'string',
    default: 'owner',
    short: 'user ids of the container',
    long: `The range of ${ID_RANGE} user and group ids of the node that the container has as its own ids from 0 on. owner:
from the owner of the tree on, which is thus the same range on every node; a tree of root has the ids of the node, without a user
namespace. A number: as owner, but a tree of any other owner is refused. no: the same for root. No start changes the owner of a file.`,
    parse: parsePrivateUsers,
  },
  memory_max: {
    type: 'string',
    short: 'limit of memory',
    long: `Memory that the container may use, in bytes or with K, M, G or T (powers of 1024). Beyond it, the kernel kills
processes of the container. This is MemoryMax= of systemd.`,
    parse: parsePattern(/^[1-9]\d{0,14}[KMGT]?$/, 'a number of bytes, or one with K, M, G or T,'),
  },
  cpu_weight: {
    type: 'integer',
    short: 'share of the CPUs',
    long: `Share of the CPUs while they are busy, from 1 to 10000; everything has 100 by default. This is CPUWeight= of
systemd.`,
    parse: parseInteger(1, 10000),
  },
  settings: {
    type: 'string',
    short: 'file with further settings',
    long: `Path of a file as of systemd.nspawn(5) with further settings, outside the tree, beside it for example. What other
parameters say takes precedence. Without it, no such file is read, wherever systemd-nspawn would look for one.`,
    parse: parseAbsolutePath,
  },
  shutdown_timeout: {
    type: 'integer',
    default: '60',
    short: 'seconds for a shutdown',
    long: `How long a stop waits for the container's own shutdown, in seconds, but at most two thirds of the timeout of the
stop. Then it terminates the container, and finally the kernel kills all of its processes.`,
    parse: parseInteger(1, 3600),
  },
} as const satisfies Parameters

export type ContainerContext = Context<typeof parameters>
/** The part of the context that reading needs. */
export type ReadContext = Pick<ContainerContext, 'parameters' | 'system'>

/** @throws OcfError (6). */
export function checkParameters({ boot, command, directory, settings }: Values<typeof parameters>): void {
  if (boot === true && command !== undefined) throw notConfigured('parameters boot and command exclude each other')
  if (boot === false && command === undefined) throw notConfigured('parameter command is missing: boot is off')
  if (settings !== undefined && `${settings}/`.startsWith(`${directory}/`))
    throw notConfigured(`parameter settings: ${settings} is in the tree, where the container can change it`)
}
