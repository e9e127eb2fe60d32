import type { FakeSystem, FakeTool, ToolResult } from '../system.ts'
import type { FakeDrbd, FakeMinor, FakePeer } from './drbd.ts'

/* drbdadm and drbdsetup: exit statuses and words as drbd-utils 9.22 have them, seen with the module 8.4. */

export function drbdadm(system: FakeSystem, state: FakeDrbd): FakeTool {
  const verbs: Readonly<Record<string, (resource: string, minor: number) => ToolResult>> = {
    adjust: (resource, minor) => {
      if (!state.isLoaded) return { status: 20, stderr: "Could not connect to 'drbd' generic netlink family\n" }
      const there = state.minors.get(minor)
      if (there !== undefined && state.resources[resource] !== minor)
        return {
          status: 1,
          stderr: `(161) Minor or volume exists already (as requested)\nCommand 'drbdsetup-84 new-minor ${resource} ${minor} 0' terminated with exit code 10\n`,
        }
      if (there === undefined || there === 'unconfigured') state.minors.set(minor, { ...state.fresh })
      else if ([there, ...(there.others ?? [])].some(({ connection }) => connection === 'StandAlone'))
        state.minors.set(minor, { ...state.fresh, role: there.role })
      return 0
    },
    down: resource => down(state, resource),
    // drbdadm passes on the minor of its configuration, whichever resource owns it
    primary: (_, minor) => primary(state, minor),
    secondary: (_, minor) => secondary(state, minor),
    'sh-dev': (_, minor) => ({ status: 0, stdout: `/dev/drbd${minor}\n` }),
  }
  return ([verb = '', resource = '']) => {
    const files = system.list('/etc/drbd.d').filter(name => name.endsWith('.res'))
    const damaged = files.find(name => !isClosed(system.read(`/etc/drbd.d/${name}`)))
    if (damaged)
      return { status: 10, stderr: `drbd.d/${damaged}:1: Parse error: '}' expected,\n\tbut got end of file\n` }
    const text = files.includes(`${resource}.res`) ? system.read(`/etc/drbd.d/${resource}.res`) : ''
    const minor = minorIn(text)
    if (minor === undefined) return { status: 1, stderr: `'${resource}' not defined in your config (for this host).\n` }
    return verbs[verb]?.(resource, minor) ?? { status: 1, stderr: `drbdadm: unknown command '${verb}'\n` }
  }
}

/** What the file gives to the node alpha, which it may be for by name or by its first address. */
function minorIn(text: string): number | undefined {
  const [common = '', ...ends] = text.split(/(?=\bon |\bfloating )/)
  const own = ends.find(end => /^(?:on alpha|floating 192\.0\.2\.1:)/.test(end))
  if (ends.length > 0 && own === undefined) return undefined
  const [, minor] =
    /device (?:\/dev\/drbd|minor )(\d+);/.exec(own ?? '') ?? /device (?:\/dev\/drbd|minor )(\d+);/.exec(common) ?? []
  return minor === undefined ? undefined : Number(minor)
}

/** A single invalid file makes drbdadm refuse every resource. */
function isClosed(text: string): boolean {
  return text.split('{').length === text.split('}').length
}

/** Needs no configuration: the kernel knows the names of resources. That of DRBD 8.4 takes a minor for a device. */
export function drbdsetup(state: FakeDrbd): FakeTool {
  return ([verb = '', object = '', ...options]) => {
    const isNine = state.version.startsWith('9')
    const verbs: Readonly<Record<string, () => ToolResult>> = {
      down: () => down(state, object),
      show: () => ({ status: 0, stdout: shown(state) }),
      status: () => (isNine && options.includes('--json') ? status(state, object) : unknownOption),
      secondary: () => (isNine ? secondary(state, state.resources[object] ?? -1) : secondaryOfMinor(state, object)),
    }
    return verbs[verb]?.() ?? { status: 20, stderr: 'USAGE: drbdsetup command device arguments options\n' }
  }
}

/** `show all` of DRBD 8.4, the form of drbd-utils 9.22, user/v84/drbdsetup.c. */
function shown({ minors, resources }: FakeDrbd): string {
  const up = Object.entries(resources).filter(([, minor]) => minors.has(minor))
  return up
    .map(
      ([name, minor]) => `resource ${name} {
    options {
    }
    net {
        cram-hmac-alg   \t"sha256";
        max-buffers     \t8000; # bytes
    }
    _remote_host {
        address\t\t\tipv4 192.0.2.2:${7789 + minor};
    }
    _this_host {
        address\t\t\tipv4 192.0.2.1:${7789 + minor};
        volume 0 {
            device\t\t\tminor ${minor};
            disk\t\t\t\t"/dev/vhacs/${name}";
            meta-disk\t\t\tinternal;
        }
    }
}
`,
    )
    .join('\n')
}

const unknownOption = { status: 20, stderr: "status: unrecognized option '--json'\n" }

function secondaryOfMinor(state: FakeDrbd, object: string): ToolResult {
  if (/^\d+$/.test(object)) return secondary(state, Number(object))
  return { status: 20, stderr: `Cannot determine minor device number of device '${object}'\n` }
}

const refused = (object: string | number, text: string) => ({
  status: 11,
  stderr: `${object}: State change failed: ${text}\n`,
})

function down(state: FakeDrbd, resource: string): ToolResult {
  const number = state.resources[resource] ?? -1
  const minor = state.minors.get(number)
  if (minor && minor !== 'unconfigured' && isHeld(minor))
    return refused(resource, '(-12) Device is held open by someone')
  state.minors.delete(number)
  return 0
}

const isHeld = ({ isOpen, role }: FakeMinor) => isOpen && role === 'Primary'

const locked = (number: number, pid: number, verb: string) => ({
  status: 20,
  stderr: `lock on /var/lock/drbd-147-${number} currently held by pid:${pid}\nCommand 'drbdsetup-84 ${verb} ${number}' terminated with exit code 20\n`,
})

function primary(state: FakeDrbd, number: number): ToolResult {
  const minor = state.minors.get(number)
  if (state.changedBy !== undefined) return locked(number, state.changedBy, 'primary')
  if (minor === undefined || minor === 'unconfigured') return notAllocated(number)
  if (minor.peerRole === 'Primary') return refused(number, '(-1) Multiple primaries not allowed by config')
  if (minor.disk !== 'UpToDate' && minor.peerDisk !== 'UpToDate')
    return { ...refused(number, '(-2) Need access to UpToDate data'), status: 17 }
  minor.role = 'Primary'
  return 0
}

function secondary(state: FakeDrbd, number: number): ToolResult {
  const minor = state.minors.get(number)
  if (state.changedBy !== undefined) return locked(number, state.changedBy, 'secondary')
  if (minor === undefined || minor === 'unconfigured') return notAllocated(number)
  if (isHeld(minor)) return refused(number, '(-12) Device is held open by someone')
  minor.role = 'Secondary'
  return 0
}

function notAllocated(number: number): ToolResult {
  return {
    status: 10,
    stderr: `${number}: Failure: (127) Device minor not allocated\nadditional info from kernel:\nunknown minor\n`,
  }
}

/** The form of drbd-utils 9.22, user/v9/drbdsetup.c. */
function status(state: FakeDrbd, resource: string): ToolResult {
  const number = state.resources[resource] ?? -1
  const minor = state.minors.get(number)
  if (minor === undefined) return { status: 10, stdout: '[\n]\n\n', stderr: `${resource}: No such resource\n` }
  const found = { name: resource, 'node-id': 0, ...(minor === 'unconfigured' ? bare : resourceJson(number, minor)) }
  return { status: 0, stdout: `${JSON.stringify([found], undefined, 2)}\n` }
}

const bare = { role: 'Secondary', suspended: false, devices: [], connections: [] }

function resourceJson(number: number, minor: FakeMinor): object {
  const peers = [
    { ...minor, name: minor.peerName ?? 'beta' },
    ...(minor.others ?? []).map(other => ({ peerRole: 'Secondary', ...other })),
  ]
  return {
    role: minor.role,
    suspended: minor.isSuspended,
    'suspended-fencing': minor.isSuspended,
    devices: [
      {
        volume: 0,
        minor: number,
        'disk-state': minor.disk,
        client: false,
        open: minor.isOpen,
        quorum: minor.hasQuorum,
      },
    ],
    connections: peers.map(connectionJson),
  }
}

type Peer = Pick<FakeMinor, 'peerRole' | 'percentDone'> & FakePeer

function connectionJson({ name, connection, peerRole, peerDisk, percentDone }: Peer, index: number): object {
  const isBusy = !['WFConnection', 'StandAlone', 'Connected'].includes(connection)
  const nines: Readonly<Record<string, string>> = { WFConnection: 'Connecting' }
  const peerDevice = {
    volume: 0,
    'replication-state': isBusy ? connection : connection === 'Connected' ? 'Established' : 'Off',
    'peer-disk-state': peerDisk,
    'peer-client': false,
    'percent-in-sync': percentDone ?? 100,
  }
  return {
    'peer-node-id': index + 1,
    name,
    'connection-state': isBusy ? 'Connected' : (nines[connection] ?? connection),
    'peer-role': peerRole,
    peer_devices: [peerDevice],
  }
}
