import { readCluster } from '../../../cloud/cib/read/cluster.ts'
import type { Cloud } from '../../../cloud/cloud.ts'
import { partPlaces } from '../../../cloud/readiness/part.ts'
import { FREEZE } from '../../../system/nodes/disk/freeze.ts'
import { MERGE_STARTS } from '../../../system/nodes/snapshots/merge.ts'
import type { FakeTool, ToolResult } from '../system.ts'
import { type FakeCluster, node as nodeOf, watched } from './cluster.ts'
import { growable, setReplication } from './growth.ts'
import type { FakeNode } from './storage-node.ts'

/** A snapshot, and what was written before it was taken. */
export interface FakeSnapshot {
  readonly origin: string
  tags: readonly string[]
  readonly sizeBytes: number
  readonly content: number
  usedPercent: string
  isLost: boolean
  isMerging: boolean
  isOpen?: boolean
}

/** What the nodes of a cluster have of one cloud. */
export interface FakeSides {
  /** By node: how much was written to its side. */
  readonly written: Map<string, number>
  /** By node: tags of the volume. */
  readonly tags: Map<string, readonly string[]>
  /** By node, by name of the volume. */
  readonly snapshots: Map<string, Map<string, FakeSnapshot>>
  /** By node: what its meta-data say. */
  readonly generations: Map<string, string>
  /** What the secondary has not got yet. */
  inFlight: number
  isFrozen: boolean
  /** Ends the freeze as its limit does, and as its caller does. */
  expire: () => void
  release: () => void
  /** Whether somebody else has frozen it. */
  isFrozenByOthers: boolean
  /** How often a merge is looked at until it has ended; 0: it ends at once. */
  mergeRounds: number
  /** Whether LVM puts merges off until the next activation. */
  areMergesDelayed: boolean
  /** Whether an earlier lvconvert waits. */
  isMergeStarting: boolean
  /** By node: the rounds that are left, and whether the kernel copies. */
  readonly merges: Map<string, { left: number; isActive: boolean; isCopying: boolean }>
}

const ROW_FIELDS = 'vg_name,lv_name,origin,lv_tags,lv_size,data_percent,lv_merging,lv_snapshot_invalid,lv_device_open'

/**
 * Gives the first cloud of a cluster sides that are written to whenever a command runs, unless its file system is frozen; its secondary
 * follows one write at each look at DRBD.
 */
export function snapshottable(cluster: FakeCluster): FakeSides {
  growable(cluster)
  const { clouds } = readCluster(cluster.cib)
  const [cloud] = clouds
  if (cloud === undefined) throw new Error('no cloud')
  const both = <T>(value: () => T) => new Map(cloud.storageNodes.map(name => [name, value()]))
  const sides: FakeSides = {
    written: both(() => 1),
    tags: both((): readonly string[] => []),
    snapshots: both(() => new Map<string, FakeSnapshot>()),
    generations: both(() => '60AB8728579E7F28'),
    inFlight: 0,
    isFrozen: false,
    expire: () => undefined,
    release: () => undefined,
    isFrozenByOthers: false,
    mergeRounds: 0,
    areMergesDelayed: false,
    isMergeStarting: false,
    merges: new Map(),
  }
  for (const node of cluster.nodes) equip(cluster, node, { sides, cloud, clouds })
  return sides
}

interface Known {
  readonly sides: FakeSides
  readonly cloud: Cloud
  readonly clouds: readonly Cloud[]
}

function equip(cluster: FakeCluster, node: FakeNode, known: Known): void {
  const { sides, cloud, clouds } = known
  const { tools } = node.system
  const instead = (name: string, isMeant: (args: readonly string[], input: string) => boolean, act: FakeTool) => {
    const usual = tools.get(name)
    const own = watched(cluster, node.name, name, (args, options) => {
      if (name !== 'cat') write(cluster, known)
      return act(args, options)
    })
    tools.set(name, (args, options) =>
      isMeant(args, options.input ?? '') ? own(args, options) : (usual?.(args, options) ?? 127),
    )
  }
  const always = () => true
  instead(
    'lvs',
    args => args.includes(ROW_FIELDS),
    () => ({ status: 0, stdout: rowsOf(node, known) }),
  )
  instead(
    'lvcreate',
    args => args.includes('--snapshot'),
    args => create(node, known, args),
  )
  instead(
    'lvchange',
    args => args.some(word => /tag$/.test(word)),
    args => retag(node, known, args),
  )
  instead(
    'lvremove',
    args => /origin=/.test(args.at(-1) ?? ''),
    args => remove(node, known, args),
  )
  instead(
    'lvconvert',
    args => args.includes('--merge'),
    args => merge(node, known, args),
  )
  const activate = tools.get('lvchange')
  tools.set('lvchange', (args, options) => {
    const begun = sides.merges.get(node.name)
    if (begun && args.includes('--activate')) {
      const isActive = after(args, '--activate') === 'y'
      begun.isCopying = isActive && (begun.isCopying || !begun.isActive)
      begun.isActive = isActive
    }
    return activate?.(args, options) ?? 127
  })
  instead('dmsetup', always, () => copy(node, known))
  instead(
    'drbdadm',
    ([verb]) => verb === 'get-gi',
    () => ({
      status: 0,
      stdout: `${sides.generations.get(node.name)}:0000000000000000:416785ABC65833FC:416685ABC65833FC:1:1:0:1:0:0:1\n`,
    }),
  )
  instead('systemctl', always, () => 0)
  instead(
    'sh',
    (_, input) => input === FREEZE,
    args => freeze(cluster, node, { ...known, args }),
  )
  instead(
    'sh',
    (_, input) => input === MERGE_STARTS,
    () => (sides.isMergeStarting ? 0 : 1),
  )
  const rm = tools.get('rm')
  tools.set('rm', async (args, options) => {
    const result = (await rm?.(args, options)) ?? 127
    if (result === 0 && sides.isFrozen && args.at(-1)?.includes('/freeze-')) sides.release()
    return result
  })
  instead(
    'cat',
    ([path]) => path === '/proc/drbd',
    () => {
      setReplication(
        node,
        clouds,
        `cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----\n    ns:0 nr:0 dw:0 dr:0 al:0 bm:0 lo:0 pe:${sides.inFlight} ua:0 ap:0 ep:1 wo:f oos:0`,
      )
      const text = node.system.read('/proc/drbd')
      if (sides.inFlight > 0) {
        sides.inFlight -= 1
        const [, second] = cloud.storageNodes
        sides.written.set(second, (sides.written.get(second) ?? 0) + 1)
      }
      return { status: 0, stdout: text }
    },
  )
}

function write(cluster: FakeCluster, { sides, cloud }: Known): void {
  if (sides.isFrozen || partPlaces(cloud, cluster.active()).mount === undefined) return
  const [first, second] = cloud.storageNodes
  sides.written.set(first, (sides.written.get(first) ?? 0) + 1)
  sides.inFlight = 2
  sides.written.set(second, (sides.written.get(first) ?? 0) - sides.inFlight)
}

function rowsOf(node: FakeNode, { sides, cloud }: Known): string {
  const origin = {
    ...{ vg_name: cloud.volumeGroup, lv_name: cloud.name, origin: '', lv_size: '1073741824', data_percent: '' },
    ...{ lv_tags: (sides.tags.get(node.name) ?? []).join(','), lv_merging: '', lv_snapshot_invalid: '' },
    lv_device_open: '',
  }
  const rows = [...(sides.snapshots.get(node.name) ?? [])].map(([name, one]) => ({
    vg_name: cloud.volumeGroup,
    lv_name: one.isMerging ? `[${name}]` : name,
    origin: one.origin,
    lv_tags: one.tags.join(','),
    lv_size: `${one.sizeBytes}`,
    data_percent: one.usedPercent,
    lv_merging: one.isMerging ? 'merging' : '',
    lv_snapshot_invalid: one.isLost ? 'snapshot invalid' : '',
    lv_device_open: one.isOpen ? 'open' : '',
  }))
  return JSON.stringify({ report: [{ lv: sides.snapshots.has(node.name) ? [origin, ...rows] : [] }] })
}

const after = (args: readonly string[], option: string) => args[args.indexOf(option) + 1] ?? ''

function create(node: FakeNode, { sides, cloud }: Known, args: readonly string[]): ToolResult {
  if (args.includes('--setautoactivation'))
    return { status: 3, stderr: '  Option --setautoactivation is unsupported with snapshots.\n' }
  const own = sides.snapshots.get(node.name)
  const name = after(args, '--name')
  if (own === undefined || own.has(name) || args.at(-1) !== `${cloud.volumeGroup}/${cloud.name}`)
    return { status: 5, stderr: `  Logical Volume "${name}" already exists in volume group "vhacs"\n` }
  own.set(name, {
    ...{ origin: cloud.name, tags: [after(args, '--addtag')], sizeBytes: Number.parseInt(after(args, '--size'), 10) },
    ...{ content: sides.written.get(node.name) ?? 0, usedPercent: '0.00', isLost: false, isMerging: false },
  })
  return 0
}

function retag(node: FakeNode, { sides, cloud }: Known, args: readonly string[]): ToolResult {
  const name = args.at(-1)?.split('/')[1] ?? ''
  const changed = (tags: readonly string[]) => [
    ...tags.filter(tag => !args.includes('--deltag') || tag !== after(args, '--deltag')),
    ...(args.includes('--addtag') ? [after(args, '--addtag')] : []),
  ]
  const snapshot = sides.snapshots.get(node.name)?.get(name)
  if (snapshot) snapshot.tags = changed(snapshot.tags)
  else if (name === cloud.name) sides.tags.set(node.name, changed(sides.tags.get(node.name) ?? []))
  else return { status: 5, stderr: `  Failed to find logical volume "vhacs/${name}"\n` }
  return 0
}

const SELECTION = /^vg_name=vhacs && lv_name=(\S+) && origin=(\S+) && \(lv_tags=\{(\S+)\} \|\| lv_tags=\{(\S+)\}\)$/

function remove(node: FakeNode, { sides }: Known, args: readonly string[]): ToolResult {
  const [, name = '', origin, ...tags] = SELECTION.exec(args.at(-1) ?? '') ?? []
  if (origin === undefined) return { status: 3, stderr: '  Invalid selection\n' }
  const own = sides.snapshots.get(node.name)
  const found = own?.get(name)
  if (found?.origin === origin && found.tags.some(tag => tags.includes(tag))) own?.delete(name)
  return 0
}

function merge(node: FakeNode, { sides }: Known, args: readonly string[]): ToolResult {
  const name = args.at(-1)?.split('/')[1] ?? ''
  const own = sides.snapshots.get(node.name)
  const found = own?.get(name)
  if (found === undefined) return { status: 5, stderr: `  Failed to find logical volume "vhacs/${name}"\n` }
  if (sides.mergeRounds === 0 && !sides.areMergesDelayed) return endMerge(node, { sides, name, found })
  found.isMerging = true
  sides.merges.set(node.name, { left: sides.mergeRounds, isActive: true, isCopying: !sides.areMergesDelayed })
  return 0
}

function endMerge(
  node: FakeNode,
  { sides, name, found }: { readonly sides: FakeSides; readonly name: string; readonly found: FakeSnapshot },
): ToolResult {
  sides.written.set(node.name, found.content)
  sides.snapshots.get(node.name)?.delete(name)
  sides.merges.delete(node.name)
  return 0
}

/** The status of a merge, which goes on by one round. */
function copy(node: FakeNode, { sides }: Known): ToolResult {
  const merge = sides.merges.get(node.name)
  if (!merge?.isCopying) return { status: 0, stdout: '' }
  const [name, found] = [...(sides.snapshots.get(node.name) ?? [])].find(([, { isMerging }]) => isMerging) ?? []
  if (merge.left === 0 && name !== undefined && found) endMerge(node, { sides, name, found })
  const left = merge.left--
  return { status: 0, stdout: `0 2097152 snapshot-merge ${left * 8192 + 16}/425984 16\n` }
}

function freeze(
  cluster: FakeCluster,
  node: FakeNode,
  { sides, cloud, args }: Known & { readonly args: readonly string[] },
): ToolResult | Promise<ToolResult> {
  const [, , directory = '', note = ''] = args
  if (sides.isFrozenByOthers)
    return { status: 1, stderr: `fsfreeze: ${directory}: freeze failed: Device or resource busy\n` }
  if (directory !== cloud.directory || partPlaces(cloud, cluster.active()).mount !== node.name)
    return { status: 1, stderr: `nothing is mounted on ${directory}\n` }
  sides.isFrozen = true
  node.system.put(note, '')
  node.system.put(`${note}.frozen`, '')
  const { promise, resolve } = Promise.withResolvers<ToolResult>()
  const end = (stdout: string) => {
    sides.isFrozen = false
    for (const path of [note, `${note}.frozen`])
      if (node.system.list('/run/vhacs').includes(path.slice(11))) node.system.take(path)
    resolve({ status: 0, stdout: `${stdout}\n` })
  }
  sides.expire = () => end('ended')
  sides.release = () => end('held')
  return promise
}

/** What the sides of a snapshot contain, in the order of the nodes; undefined for a side that does not have it. */
export function contentsOf(cluster: FakeCluster, { snapshots }: FakeSides, volume: string): (number | undefined)[] {
  return ['node1', 'node2'].map(name => snapshots.get(nodeOf(cluster, name).name)?.get(volume)?.content)
}
