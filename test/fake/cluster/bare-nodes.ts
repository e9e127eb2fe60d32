import { readFileSync } from 'node:fs'
import type { FakeTool, ToolResult } from '../system.ts'
import { type FakeCluster, fakeCluster, node as nodeOf, watched } from './cluster.ts'

const RECORDED = readFileSync(new URL('../../fixtures/examination/debian-12.txt', import.meta.url), 'utf8')

/** A Debian node outside any cluster, as seen by the commands that add it to one. */
export interface BareNode {
  readonly name: string
  /** Texts by path; a directory counts only as far as there are files in it, or as itself where mkdir made it. */
  readonly files: Map<string, string>
  readonly active: Set<string>
  readonly enabled: Set<string>
  /** The output of its examination. */
  says: (text: string) => string
  /** Whether the disk for sbd is the same as that of the others. */
  hasSharedDisk: boolean
}

export interface BareNodes {
  /** Records and disturbs the commands that reach them. */
  readonly cluster: FakeCluster
  readonly nodes: readonly BareNode[]
  /** UUID of sbd's header on the shared disk. */
  header: string | undefined
  /** The changes that Pacemaker received, once it was running. */
  configuration: string | undefined
  /** Unreachable addresses. */
  readonly unreachable: Set<string>
  isQuorate: boolean
  /** The behaviour of the fencing device. */
  fencing: FencingOutcome
}

/** Besides working: its start never ends, it fails on every node, it does not answer, or it cannot fence node2. */
export type FencingOutcome = 'works' | 'starts for ever' | 'fails' | 'is silent' | 'has no node2'

export const DISK = '/dev/disk/by-id/wwn-0x5'
export const CONF = '/etc/corosync/corosync.conf'
export const KEY = '/etc/corosync/authkey'
export const CIB = '/var/lib/pacemaker/cib'
/** What corosync-keygen makes. */
export const SECRET = 'seldom-seen'

const SBD_DEFAULTS = '## Type: string\n#SBD_DEVICE=""\n\nSBD_PACEMAKER=yes\nSBD_WATCHDOG_TIMEOUT=5\nSBD_OPTS=\n'
const LVM_LOCAL = 'local {\n}\n'

/** node1 to node3, which reach each other by ssh; vhacs runs on the first. */
export function bareNodes(cluster = fakeCluster()): BareNodes {
  const world: BareNodes = {
    cluster,
    nodes: cluster.nodes.map(({ name }) => bareNode(name)),
    header: undefined,
    configuration: undefined,
    unreachable: new Set(),
    isQuorate: true,
    fencing: 'works',
  }
  for (const one of world.nodes)
    for (const [tool, act] of Object.entries({
      ...fileTools(one),
      ...daemonTools(one, world),
      ...sbdTools(one, world),
    }))
      nodeOf(cluster, one.name).system.tools.set(tool, watched(cluster, one.name, tool, act))
  cluster.system.tools.set('scp', watched(cluster, 'node1', 'scp', scp(world)))
  return world
}

export function bare({ nodes }: BareNodes, name: string): BareNode {
  const found = nodes.find(one => one.name === name)
  if (found === undefined) throw new Error(`no node ${name}`)
  return found
}

/** Everything that a command may change, for a comparison before and after. */
export function stateOf({ nodes }: BareNodes) {
  return nodes.map(({ name, files, active, enabled }) => ({
    name,
    files: Object.fromEntries([...files].sort()),
    active: [...active].sort(),
    enabled: [...enabled].sort(),
  }))
}

function bareNode(name: string): BareNode {
  return {
    name,
    files: new Map([
      ['/etc/default/sbd', SBD_DEFAULTS],
      ['/etc/lvm/lvmlocal.conf', LVM_LOCAL],
      ['/etc/drbd.d/global_common.conf', 'global {\n\tusage-count yes;\n}\n'],
    ]),
    active: new Set(),
    enabled: new Set(),
    says: text => text,
    hasSharedDisk: true,
  }
}

/** Debian's packages start both daemons, with this file. */
export function startedByPackages({ files, active, enabled }: BareNode): void {
  files.set(
    CONF,
    'totem {\n\tcluster_name: debian\n}\nnodelist {\n\tnode {\n\t\tname: node1\n\t\tring0_addr: 127.0.0.1\n\t}\n}\n',
  )
  files.set(`${CIB}/cib.xml`, '<cib/>')
  for (const daemon of ['corosync', 'pacemaker']) {
    active.add(daemon)
    enabled.add(daemon)
  }
}

function fileTools({ files }: BareNode): Readonly<Record<string, FakeTool>> {
  const below = (path: string) => [...files.keys()].filter(file => file === path || file.startsWith(`${path}/`))
  const copy = (from: string, to: string) => {
    for (const file of below(from)) files.set(to + file.slice(from.length), files.get(file) ?? '')
  }
  const remove = (path: string) => {
    for (const file of below(path)) files.delete(file)
  }
  return {
    cat: args => {
      const text = files.get(args.at(-1) ?? '')
      return text === undefined ? 1 : { status: 0, stdout: text }
    },
    test: ([, path = '']) => (below(path).length > 0 ? 0 : 1),
    ls: ([, path = '']) => ({ status: below(path).length > 0 ? 0 : 2, stdout: below(path).join('\n') }),
    cp: args => {
      const [from = '', to = ''] = args.slice(-2)
      copy(from, to)
      return 0
    },
    mv: args => {
      const [from = '', to = ''] = args.slice(-2)
      copy(from, to)
      remove(from)
      return 0
    },
    rm: args => {
      for (const path of args.filter(word => !word.startsWith('-'))) remove(path)
      return 0
    },
    find: ([path = '', ...tests]) => {
      if (!tests.includes('-empty')) remove(path)
      return 0
    },
    dd: (args, { input = '' }) => {
      const path = args.at(-1)?.replace('of=', '') ?? ''
      files.set(path, args.includes('oflag=append') ? (files.get(path) ?? '') + input : input)
      return 0
    },
    mkdir: args => {
      const path = args.at(-1) ?? ''
      if (args[0] === '-p') return 0
      if (files.has(path)) return { status: 1, stderr: `mkdir: cannot create directory '${path}': File exists\n` }
      files.set(path, '')
      return 0
    },
    rmdir: ([path = '']) => (files.delete(path) ? 0 : 1),
  }
}

function daemonTools(one: BareNode, world: BareNodes): Readonly<Record<string, FakeTool>> {
  const { files, active, enabled } = one
  const start = (unit: string): ToolResult => {
    if (unit === 'corosync' && (!files.has(CONF) || (isForming(one) && files.get(KEY) !== SECRET))) return 1
    if (unit === 'corosync' && enabled.has('sbd')) active.add('sbd')
    active.add(unit)
    if (unit === 'pacemaker') files.set(`${CIB}/cib.xml`, '<cib/>')
    return 0
  }
  const stop = (unit: string) => {
    if (unit === 'corosync') active.delete('sbd')
    active.delete(unit)
  }
  const members = (daemon: string) =>
    world.nodes.filter(
      other => other.active.has(daemon) && isForming(other) && other.files.get(CONF) === files.get(CONF),
    )
  return {
    systemctl: ([verb, ...units]) => {
      for (const unit of units) {
        if (verb === 'start' && start(unit) !== 0) return { status: 1, stderr: `Job for ${unit}.service failed\n` }
        if (verb === 'stop') stop(unit)
        if (verb === 'enable') enabled.add(unit)
        if (verb === 'disable') enabled.delete(unit)
      }
      return 0
    },
    'corosync-keygen': args => {
      files.set(args.at(-1) ?? '', SECRET)
      return 0
    },
    'corosync-quorumtool': () => {
      const quorate = world.isQuorate ? 'Yes' : 'No'
      return {
        status: world.isQuorate ? 0 : 2,
        stdout: `Nodes:            ${members('corosync').length}\nQuorate:          ${quorate}\n`,
      }
    },
    crm_mon: () => {
      const online = members('pacemaker')
      if (online.length === 0) return 102
      const nodes = online.map(({ name }) => `<node name="${name}" online="true" unclean="false" pending="false"/>`)
      const [, fence] = /<primitive id="([^"]*)"/.exec(world.configuration ?? '') ?? []
      const role = world.fencing === 'starts for ever' ? 'Starting' : 'Started'
      const started = `role="${role}" active="true" failed="false"><node name="node1"/>`
      const isFailed = fence !== undefined && world.fencing === 'fails'
      const state = isFailed ? 'role="Stopped" active="false" failed="false">' : started
      const resource = `<resource id="${fence}" ${state}</resource>`
      const failures = isFailed
        ? online.map(
            ({ name }) =>
              `<failure op_key="${fence}_start_0" node="${name}" exitstatus="error" exitcode="1" exitreason="no module named pacemaker"/>`,
          )
        : []
      const summary = '<summary><current_dc present="true" with_quorum="true"/></summary>'
      return {
        status: 0,
        stdout: `<pacemaker-result>${summary}<nodes>${nodes.join('')}</nodes><resources>${fence ? resource : ''}</resources><failures>${failures.join('')}</failures></pacemaker-result>`,
      }
    },
    cibadmin: ([verb], { input }) => {
      if (verb === '--query') return { status: 0, stdout: cib(world) }
      world.configuration = input
      return 0
    },
    sh: ([, , ...values], { input = '' }) => {
      if (input.includes('section date')) return { status: 0, stdout: one.says(examination(one, world)) }
      const found = input.includes('stonith_admin --query')
        ? values.filter(() => world.fencing === 'is silent')
        : values.filter((address, index) => index % 2 === 1 && world.unreachable.has(address))
      return { status: 0, stdout: found.map(value => `${value}\n`).join('') }
    },
  }
}

/** Pacemaker adds the property that sbd reports. */
function cib({ configuration = '<configuration/>', nodes }: BareNodes): string {
  const hasWatchdog = nodes.some(({ active }) => active.has('sbd'))
  const own = `<nvpair id="own" name="have-watchdog" value="${hasWatchdog}"/>`
  return `<cib>${configuration.replace('<cluster_property_set id="cib-bootstrap-options">', found => found + own)}</cib>`
}

/** Whether it has the configuration that vhacs writes, not that of the package. */
function isForming({ files }: BareNode): boolean {
  return files.get(CONF)?.includes('vhacs') ?? false
}

function sbdTools(one: BareNode, world: BareNodes): Readonly<Record<string, FakeTool>> {
  return {
    sbd: args => {
      if (args.at(-1) === 'create') {
        world.header = 'uuid-made'
        return 0
      }
      const header = one.hasSharedDisk ? world.header : undefined
      return header === undefined ? 1 : { status: 0, stdout: headerText(header) }
    },
  }
}

function headerText(uuid: string): string {
  return `==Dumping header on disk ${DISK}\nUUID               : ${uuid}\nTimeout (watchdog) : 15\nTimeout (msgwait)  : 60\n`
}

function scp({ nodes }: BareNodes): FakeTool {
  return args => {
    const [from = '', to = ''] = args.slice(-2).map(place => (place.includes(':') ? place : `root@node1:${place}`))
    const [source, target] = [from, to].map(place => nodes.find(({ name }) => place.startsWith(`root@${name}:`)))
    const path = from.slice(from.indexOf(':') + 1)
    const text = source?.files.get(path)
    if (text === undefined) return { status: 1, stderr: `scp: ${path}: No such file or directory\n` }
    target?.files.set(path, text)
    return 0
  }
}

/** The recorded output with the facts of this node, and those that only init queries. */
function examination({ name, files, active, enabled }: BareNode, world: BareNodes): string {
  const { cluster, header } = world
  const number = name.replace('node', '')
  const units = ['corosync', 'pacemaker', 'sbd']
  const state = (unit: string) =>
    `${unit} ${active.has(unit) ? 'active' : 'inactive'} ${enabled.has(unit) ? 'enabled' : 'disabled'}`
  const disk = { path: '/dev/sdb', serial: 'S5', wwn: '0x5', size: 2 ** 23, type: 'disk', fstype: null, ro: false }
  const blockdevices = [{ ...disk, mountpoints: [null] }]
  const own = RECORDED.replaceAll(/^== (date|later)\n.*$/gm, `== $1\n${cluster.system.now() / 1000}`)
    .replace('vhacs:node2', `vhacs:${name}`)
    .replaceAll(/"local":"10\.77\.(\d)\.2"/g, `"local":"10.77.$1.${number}"`)
    .replace(/(?<=== volumes\n).*\n/, '')
    .replace('c0.res\n', '')
    .replace(/(?<=== configurations\n)[^=]*/, '')
  const more = {
    name,
    ring: files.get(CONF) ?? '',
    daemons: units.map(state).join('\n'),
    configured: '0',
    names: '',
    ssh: '',
    watchdog: 'i6300ESB timer',
    fencing: '/usr/sbin/sbd\n/usr/lib/stonith/plugins/external/sbd\n/usr/sbin/stonith\nfence_legacy-runs',
    slots: active.has('sbd') ? world.nodes.map((other, slot) => `${slot}\t${other.name}\tclear\t`).join('\n') : '',
    fences: world.nodes
      .filter(other => other.active.has('pacemaker') && other.name !== name)
      .map(other =>
        other.name === 'node2' && world.fencing === 'has no node2' ? other.name : `${other.name} fence-sbd`,
      )
      .join('\n'),
    ids: `${DISK} /dev/sdb`,
    disks: JSON.stringify({ blockdevices }),
    header: header === undefined ? '' : headerText(header),
    connected: '',
    others: '',
    disk: '/dev/sdb',
    signatures: '',
  }
  const others = own.split(/^(?=== )/m).filter(part => !(part.slice(3, part.indexOf('\n')) in more))
  return [...others, ...Object.entries(more).map(([section, text]) => `== ${section}\n${text}\n`)].join('')
}
