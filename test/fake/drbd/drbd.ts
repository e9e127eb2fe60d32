import { ifPresent } from '../../../system/system.ts'
import { modules } from '../proc/modules.ts'
import type { FakeSystem } from '../system.ts'
import { block, directory, link, liveFile } from '../tree.ts'
import { drbdadm, drbdsetup } from './drbd-tools.ts'

/** A minor as DRBD 8.4 shows it, which is enough for DRBD 9 with one peer. */
export interface FakeMinor {
  connection: string
  role: string
  peerRole: string
  disk: string
  peerDisk: string
  /** Something has the device open: DRBD does not make it secondary or take it down. */
  isOpen: boolean
  isSuspended: boolean
  hasQuorum: boolean
  percentDone?: number
  /** The name of the peer in DRBD 9, if it matters. */
  peerName?: string
  /** Further peers, as DRBD 9 can have them. */
  others?: readonly FakePeer[]
}

export type FakePeer = Pick<FakeMinor, 'connection' | 'peerDisk'> & { readonly name: string }

export interface FakeDrbd {
  /** Whether the module is loaded. */
  isLoaded: boolean
  /** The version of the module. */
  version: string
  /** The minors that are up, by number; what else the kernel shows of them follows. */
  readonly minors: Map<number, FakeMinor | 'unconfigured'>
  /** The process whose change of a role has not finished, such as a promotion that waits for the fence-peer handler: tools of 8.4 refuse another one. */
  changedBy?: number
  /** What a minor becomes when it is brought up: by default, connected to a secondary peer with good data. */
  fresh: FakeMinor
  /** Minor numbers of the resources that drbdadm and the kernel know by name. */
  readonly resources: Readonly<Record<string, number>>
}

const CONNECTED: FakeMinor = {
  connection: 'Connected',
  role: 'Secondary',
  peerRole: 'Secondary',
  disk: 'UpToDate',
  peerDisk: 'UpToDate',
  isOpen: false,
  isSuspended: false,
  hasQuorum: true,
}

/** A peer that does not answer. */
export const ALONE = { connection: 'WFConnection', peerRole: 'Unknown', peerDisk: 'DUnknown' } as const

/** DRBD with resources by name and minor, configured in /etc/drbd.d, module not loaded. */
export function drbd(system: FakeSystem, resources: Readonly<Record<string, number>>, version = '8.4.11'): FakeDrbd {
  const minors = new Map<number, FakeMinor | 'unconfigured'>()
  const state: FakeDrbd = { isLoaded: false, version, minors, fresh: { ...CONNECTED }, resources }
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
    for (const name of ['minors', 'resources']) system.put(`/sys/kernel/debug/drbd/${name}`, directory())
    showChanges(system, state)
  }
  modules(system, { drbd: load })
  system.tools.set('drbdadm', drbdadm(system, state))
  system.tools.set('drbdsetup', drbdsetup(state))
  // set by the agent, stored by the attribute manager
  system.tools.set('crm_attribute', () => 0)
  return state
}

/** What comes and goes with a minor: its device, and its place in debugfs. */
function showChanges(system: FakeSystem, { minors, resources }: FakeDrbd): void {
  const debugfs = '/sys/kernel/debug/drbd'
  const ownerOf = (minor: number) => Object.keys(resources).find(name => resources[name] === minor)
  // debugfs need not be mounted
  const placesOf = (minor: number) => {
    const owner = ownerOf(minor)
    if (owner === undefined || ifPresent(() => system.list(debugfs)) === undefined) return undefined
    return { owner, link: `${debugfs}/minors/${minor}`, resource: `${debugfs}/resources/${owner}` }
  }
  const show = (minor: number) => {
    system.put(`/sys/block/drbd${minor}/dev`, `147:${minor}\n`)
    system.put(`/dev/drbd${minor}`, block(`147:${minor}`))
    const places = placesOf(minor)
    if (places === undefined) return
    system.put(places.link, link(`../resources/${places.owner}/volumes/0`))
    system.put(places.resource, directory())
  }
  const hide = (minor: number) => {
    system.take(`/sys/block/drbd${minor}`)
    const places = placesOf(minor)
    if (places === undefined) return
    system.take(places.link)
    system.take(places.resource)
  }
  const { set, delete: remove } = minors
  minors.set = (minor, value) => {
    show(minor)
    return set.call(minors, minor, value)
  }
  minors.delete = minor => {
    if (minors.has(minor)) hide(minor)
    return remove.call(minors, minor)
  }
  minors.clear = () => {
    for (const minor of [...minors.keys()]) minors.delete(minor)
  }
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

/** DRBD 9 shows no minors there. */
function procDrbdText({ version, minors }: FakeDrbd): string {
  if (!version.startsWith('8.'))
    return `version: ${version} (api:2/proto:110-121)\nTransports (api:18): tcp (${version})\n`
  const lines = [...minors].map(([minor, one]) => `${String(minor).padStart(2)}: ${minorText(one)}`)
  return `version: ${version} (api:1/proto:86-101)\nsrcversion: 4F4FD3EF2C8F2DA7BCA1D8E \n${lines.join('')}`
}

function minorText(minor: FakeMinor | 'unconfigured'): string {
  if (minor === 'unconfigured') return 'cs:Unconfigured\n'
  const { connection, role, peerRole, disk, peerDisk, isSuspended, percentDone } = minor
  const protocol = connection === 'StandAlone' ? ' ' : 'C'
  const progress =
    percentDone === undefined ? '' : `\t[=>..................] sync'ed: ${percentDone}% (913340/1048508)K\n`
  return `cs:${connection} ro:${role}/${peerRole} ds:${disk}/${peerDisk} ${protocol} ${isSuspended ? 's' : 'r'}-----
    ns:0 nr:0 dw:0 dr:0 al:0 bm:0 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:0
${progress}`
}
