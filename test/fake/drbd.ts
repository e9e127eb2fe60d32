import { modules } from './modules.ts'
import type { FakeSystem, FakeTool, ToolResult } from './system.ts'
import { block, directory, liveFile } from './tree.ts'

/** A minor of DRBD 8.4 as /proc/drbd shows it. */
export interface FakeMinor {
  connection: string
  role: string
  peerRole: string
  disk: string
  peerDisk: string
  /** Something has the device open: DRBD does not make it secondary or take it down. */
  isOpen: boolean
}

export interface FakeDrbd {
  /** Whether the module is loaded. */
  isLoaded: boolean
  /** What the module says of itself. */
  version: string
  /** The minors that are up, by number. */
  readonly minors: Map<number, FakeMinor>
  /** What a minor becomes when it is brought up: by default, connected to a secondary peer with good data. */
  fresh: FakeMinor
}

const CONNECTED: FakeMinor = {
  connection: 'Connected',
  role: 'Secondary',
  peerRole: 'Secondary',
  disk: 'UpToDate',
  peerDisk: 'UpToDate',
  isOpen: false,
}

/** A peer that does not answer. */
export const ALONE = { connection: 'WFConnection', peerRole: 'Unknown', peerDisk: 'DUnknown' } as const

/** DRBD 8.4 with resources by name and minor, configured in /etc/drbd.d, module not loaded. */
export function drbd(system: FakeSystem, resources: Readonly<Record<string, number>>): FakeDrbd {
  const state: FakeDrbd = { isLoaded: false, version: '8.4.11', minors: new Map(), fresh: { ...CONNECTED } }
  system.put('/proc/sys/kernel/hostname', 'alpha\n')
  system.put('/etc/drbd.conf', 'include "drbd.d/global_common.conf";\ninclude "drbd.d/*.res";\n')
  system.put('/etc/drbd.d/global_common.conf', 'global { usage-count no; }\ncommon { net { protocol C; } }\n')
  system.put('/dev', directory())
  for (const [name, minor] of Object.entries(resources))
    system.put(`/etc/drbd.d/${name}.res`, resourceFile(name, minor))
  const load = () => {
    state.isLoaded = true
    system.put(
      '/proc/drbd',
      liveFile(() => procDrbdText(state)),
    )
  }
  modules(system, { drbd: load })
  system.tools.set('drbdadm', drbdadm(system, state, resources))
  // told by the agent, kept by the attribute manager
  system.tools.set('crm_attribute', () => 0)
  return state
}

function resourceFile(name: string, minor: number): string {
  const on = (host: string, address: string) => `  on ${host} {
    device /dev/drbd${minor};
    disk /dev/vhacs/${name};
    address ${address}:${7789 + minor};
    meta-disk internal;
  }
`
  return `resource ${name} {\n${on('alpha', '192.0.2.1')}${on('beta', '192.0.2.2')}}\n`
}

function procDrbdText({ version, minors }: FakeDrbd): string {
  const lines = [...minors].map(
    ([minor, { connection, role, peerRole, disk, peerDisk }]) =>
      `${String(minor).padStart(2)}: cs:${connection} ro:${role}/${peerRole} ds:${disk}/${peerDisk} C r-----
    ns:0 nr:0 dw:0 dr:0 al:0 bm:0 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:0
`,
  )
  return `version: ${version} (api:1/proto:86-101)\nsrcversion: 4F4FD3EF2C8F2DA7BCA1D8E \n${lines.join('')}`
}

/** Exit statuses and words as drbd-utils 9.22 has them for the module 8.4. */
function drbdadm(system: FakeSystem, state: FakeDrbd, resources: Readonly<Record<string, number>>): FakeTool {
  const verbs: Readonly<Record<string, (minor: number) => ToolResult>> = {
    adjust: minor => {
      if (!state.isLoaded) return { status: 20, stderr: "Could not connect to 'drbd' generic netlink family\n" }
      if (!state.minors.has(minor)) state.minors.set(minor, { ...state.fresh })
      system.put(`/dev/drbd${minor}`, block(`147:${minor}`))
      return 0
    },
    down: minor => {
      const refusal = secondary(state, minor)
      if (refusal) return refusal
      state.minors.delete(minor)
      return 0
    },
    primary: minor => primary(state, minor),
    secondary: minor => secondary(state, minor) ?? 0,
    'sh-dev': minor => ({ status: 0, stdout: `/dev/drbd${minor}\n` }),
  }
  return ([verb = '', resource = '']) => {
    const minor = resources[resource]
    const files = system.list('/etc/drbd.d').filter(name => name.endsWith('.res'))
    const damaged = files.find(name => !isClosed(system.read(`/etc/drbd.d/${name}`)))
    if (damaged) return { status: 10, stderr: `drbd.d/${damaged}:1: Parse error: '}' expected, but got end of file\n` }
    const isConfigured = files.includes(`${resource}.res`)
    if (minor === undefined || !isConfigured)
      return { status: 10, stderr: `'${resource}' not defined in your config (for this host).\n` }
    return verbs[verb]?.(minor) ?? { status: 1, stderr: `drbdadm: unknown command '${verb}'\n` }
  }
}

/** One file that is not keeps drbdadm from doing anything with any resource. */
function isClosed(text: string): boolean {
  return text.split('{').length === text.split('}').length
}

function primary(state: FakeDrbd, number: number): ToolResult {
  const minor = state.minors.get(number)
  const refused = (text: string) => `${number}: State change failed: ${text}\n`
  if (minor === undefined) return { status: 10, stderr: `${number}: Failure: (127) Device minor not allocated\n` }
  if (minor.peerRole === 'Primary')
    return { status: 11, stderr: refused('(-1) Multiple primaries not allowed by config') }
  if (minor.disk !== 'UpToDate' && minor.peerDisk !== 'UpToDate')
    return { status: 17, stderr: refused('(-2) Need access to UpToDate data') }
  minor.role = 'Primary'
  return 0
}

/** Undefined when there is nothing against it. */
function secondary(state: FakeDrbd, number: number): ToolResult | undefined {
  const minor = state.minors.get(number)
  if (minor?.isOpen && minor.role === 'Primary')
    return { status: 11, stderr: `${number}: State change failed: (-12) Device is held open by someone\n` }
  if (minor) minor.role = 'Secondary'
  return undefined
}
