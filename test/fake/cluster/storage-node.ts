import { hash } from 'node:crypto'
import { ifPresent } from '../../../system/system.ts'
import { type FakeSystem, type FakeTool, fakeSystem, type ToolResult } from '../system.ts'
import { file } from '../tree.ts'
import { drbdadm, drbdsetup, makeFilesystem } from './drbdadm.ts'

/** A logical volume, and its contents. */
export interface NodeVolume {
  sizeBytes: number
  readonly tags: string[]
  isActive: boolean
  hasMetadata: boolean
  hasFilesystem: boolean
}

/** A node of a cluster with its volume group and DRBD, as seen by commands. */
export interface FakeNode {
  readonly name: string
  readonly system: FakeSystem
  /** Whether it is reachable. */
  isUp: boolean
  /** Size of its volume group `vhacs`; 0 when it does not have one. */
  sizeBytes: number
  readonly volumes: Map<string, NodeVolume>
  /** The version of the kernel's module drbd. */
  drbdVersion: string
  /** The DRBD resources that are up, with their roles. */
  readonly drbd: Map<string, 'Secondary' | 'Primary'>
  /** Numbers of processes that use the file systems of its clouds. */
  readonly users: Set<number>
  /** What else the script of system/nodes/mount-users.ts would print here, line by line. */
  readonly otherUsers: string[]
  /** The resources that Pacemaker runs or has mounted here, by id. */
  runs: (id: string) => boolean
  isMounted: (directory: string) => boolean
}

const MIB = 2 ** 20
const GIB = 2 ** 30

/** A node with an empty volume group of 10 GiB; `number` is that of its addresses. */
export function storageNode(name: string, number: number): FakeNode {
  const system = fakeSystem({
    '/proc/sys/kernel/hostname': `${name}\n`,
    '/proc/self/stat': '4321 (vhacs) S 1 4321 4321 0 -1 4194560 1 0 0 0 1 1 0 0 20 0 7 0 98765 1000 200\n',
    '/etc/vhacs.conf': 'STORAGE_IFNAME = "eth1"\nSERVICE_ADDRESSES = "192.0.2.100-192.0.2.109/24"\n',
    '/etc/iscsi/initiatorname.iscsi': `## Made at installation.\nInitiatorName=iqn.2004-10.com.debian:${name}\n`,
    '/etc/drbd.d/global_common.conf': 'global { usage-count no; }\n',
    '/usr/lib/vhacs/fence-peer': '',
    '/usr/lib/vhacs/unfence-peer': '',
  })
  const node: FakeNode = {
    name,
    system,
    isUp: true,
    sizeBytes: 10 * GIB,
    volumes: new Map(),
    drbdVersion: '8.4.11',
    drbd: new Map(),
    users: new Set(),
    otherUsers: [],
    runs: () => false,
    isMounted: () => false,
  }
  const tools: Readonly<Record<string, FakeTool>> = {
    ...fileTools(system),
    ...lvmTools(node),
    ip: () => ({
      status: 0,
      stdout: JSON.stringify([
        {
          ifname: 'eth1',
          addr_info: [{ family: 'inet', scope: 'global', local: `192.0.2.${number}`, prefixlen: 24 }],
        },
      ]),
    }),
    modprobe: () => 0,
    // -F version drbd
    modinfo: () => ({ status: 0, stdout: `${node.drbdVersion}\n` }),
    sh: ([, , directory = '']) => {
      const lines = [...node.otherUsers, ...[...node.users].map(pid => `process /proc/${pid}/fd`)]
      return { status: 0, stdout: node.isMounted(directory) ? lines.map(line => `${line}\n`).join('') : '' }
    },
    wipefs: args => {
      const volume = node.volumes.get(args.at(-1)?.split('/').at(-1) ?? '')
      if (!volume?.isActive) return { status: 1, stderr: `wipefs: ${args.at(-1)}: probing initialization failed\n` }
      volume.hasFilesystem = false
      volume.hasMetadata = false
      return 0
    },
    drbdadm: args => drbdadm(node, args),
    drbdsetup: args => drbdsetup(node, args),
    timeout: ([, , ...args]) => drbdadm(node, args),
    'mkfs.ext3': args => makeFilesystem(node, args.at(-1) ?? ''),
    df: ([, , , ...directories]) => {
      const mounted = directories.filter(directory => node.isMounted(directory))
      const lines = mounted.map(directory => `${940 * MIB} ${18 * MIB} ${1008 * MIB} ${directory}\n`)
      return {
        status: mounted.length < directories.length ? 1 : 0,
        stdout: ` Avail  Used  1B-blocks Mounted on\n${lines.join('')}`,
      }
    },
    findmnt: args => {
      if (!node.isMounted(args.at(-1) ?? '')) return 1
      const filesystems = [{ source: '/dev/sda', fstype: 'ext3', options: 'rw,relatime' }]
      return { status: 0, stdout: JSON.stringify({ filesystems }) }
    },
  }
  for (const [tool, act] of Object.entries(tools)) system.tools.set(tool, act)
  return node
}

function fileTools(system: FakeSystem): Readonly<Record<string, FakeTool>> {
  const isThere = (path: string) => {
    try {
      return system.stat(path).kind === 'file'
    } catch {
      return false
    }
  }
  return {
    cat: args => {
      const paths = args.filter(word => word !== '--')
      const missing = paths.filter(path => !isThere(path))
      return {
        status: missing.length > 0 ? 1 : 0,
        stdout: paths.flatMap(path => (isThere(path) ? system.read(path) : [])).join(''),
        stderr: missing.map(path => `cat: ${path}: No such file or directory\n`).join(''),
      }
    },
    ls: ([, path = '']) => ({
      status: 0,
      stdout: system
        .list(path)
        .map(name => `${name}\n`)
        .join(''),
    }),
    test: ([, path = '']) => (isThere(path) ? 0 : 1),
    dd: async (args, { input = '' }) => {
      await system.write(args.at(-1)?.replace('of=', '') ?? '', input)
      return 0
    },
    mv: async args => {
      const [from = '', to = ''] = args.slice(-2)
      await system.rename(from, to)
      return 0
    },
    sync: () => 0,
    rm: args => {
      for (const path of operands(args)) if (isThere(path)) system.take(path)
      return 0
    },
    // --mode=600 -- /dev/null FILE
    install: args => {
      system.put(args.at(-1) ?? '', { ...file(''), permissions: 0o600 })
      return 0
    },
    mkdir: async args => {
      for (const path of operands(args)) await system.makeDirectory(path, { parents: true })
      return 0
    },
    // --dereference --format=%u %a %n
    stat: args =>
      ofEach(args, path => `${system.stat(path).owner} ${system.stat(path).permissions.toString(8)} ${path}\n`),
    // --zero
    sha256sum: args => ofEach(args, path => `${hash('sha256', system.read(path))}  ${path}\0`),
  }
}

const operands = (args: readonly string[]) => args.slice(args.indexOf('--') + 1)

/** The output for each operand; 1 where something is missing. */
function ofEach(args: readonly string[], line: (path: string) => string): ToolResult {
  const lines = operands(args).map(path => ifPresent(() => line(path)))
  return { status: lines.includes(undefined) ? 1 : 0, stdout: lines.join('') }
}

function lvmTools(node: FakeNode): Readonly<Record<string, FakeTool>> {
  const { volumes } = node
  const used = () => [...volumes.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const failure = (stderr: string) => ({ status: 5, stderr: `  ${stderr}\n` })
  const inGroup = (args: readonly string[], act: () => ToolResult) => {
    const group = args.at(-1)?.split('/')[0]
    return group === 'vhacs' ? act() : failure(`Volume group "${group}" not found`)
  }
  const remove = (name: string): ToolResult => {
    if (node.drbd.has(name) || node.runs(`${name}-lvm`)) return failure(`Logical volume vhacs/${name} in use.`)
    volumes.delete(name)
    return 0
  }
  return {
    vgs: args => {
      const group = { vg_free: `${node.sizeBytes - used()}`, vg_size: `${node.sizeBytes}` }
      const isThere = node.sizeBytes > 0 && args.at(-1) === 'vg_name=vhacs'
      return { status: 0, stdout: JSON.stringify({ report: [{ vg: isThere ? [group] : [] }] }) }
    },
    lvs: args => {
      if (args.includes('lv_path,lv_size,lv_active')) return reportVolumes(node, args)
      return inGroup(args, () => ({ status: 0, stdout: [...volumes.keys()].map(volume => `  ${volume}\n`).join('') }))
    },
    lvcreate: args =>
      inGroup(args, () => {
        const after = (option: string) => args[args.indexOf(option) + 1] ?? ''
        const name = after('--name')
        const sizeBytes = Number.parseInt(after('--size'), 10)
        if (volumes.has(name)) return failure(`Logical Volume "${name}" already exists in volume group "vhacs"`)
        if (sizeBytes > node.sizeBytes - used()) return failure('Volume group "vhacs" has insufficient free space')
        const empty = { hasMetadata: false, hasFilesystem: false }
        volumes.set(name, { sizeBytes, tags: [after('--addtag')], isActive: true, ...empty })
        return 0
      }),
    lvchange: args => {
      const volume = volumes.get(args.at(-1)?.split('/')[1] ?? '')
      if (volume) volume.isActive = args[args.indexOf('--activate') + 1] === 'y'
      return volume ? 0 : failure('Failed to find logical volume')
    },
    lvremove: args => {
      const selection = /^vg_name=vhacs && lv_name=(\S+) && lv_tags=\{(\S+)\}$/.exec(args.at(-1) ?? '')
      const [, name = args.at(-1)?.split('/')[1] ?? '', tag] = selection ?? []
      const isSelected = tag === undefined || volumes.get(name)?.tags.includes(tag)
      return isSelected ? remove(name) : 0
    },
  }
}

/** lvs --reportformat json of one volume, or of all. */
function reportVolumes({ volumes }: FakeNode, args: readonly string[]): ToolResult {
  const path = args.includes('--') ? (args.at(-1) ?? '') : undefined
  const found = [...volumes].filter(([name]) => path === undefined || path === `vhacs/${name}`)
  if (path !== undefined && found.length === 0)
    return { status: 5, stderr: `  Failed to find logical volume "${path}"\n` }
  const lv = found.map(([name, { sizeBytes, isActive }]) => ({
    lv_path: `/dev/vhacs/${name}`,
    lv_size: String(sizeBytes),
    lv_active: isActive ? 'active' : '',
  }))
  return { status: 0, stdout: JSON.stringify({ report: [{ lv }] }) }
}
