import { readCluster } from '../../../cloud/cib/read/cluster.ts'
import type { Cloud } from '../../../cloud/cloud.ts'
import { partPlaces } from '../../../cloud/readiness/part.ts'
import { CLIENT_DISKS, RESCAN } from '../../../system/nodes/disk/client-disk.ts'
import { DRBD_SIZES, drbdBytesOn } from '../../../system/nodes/disk/drbd-size.ts'
import type { FakeTool, ToolResult } from '../system.ts'
import { type FakeCluster, node as nodeOf, watched } from './cluster.ts'
import type { FakeNode } from './storage-node.ts'

const EXTENT = 4 * 2 ** 20

/** The layers of one cloud above its volumes. */
export interface FakeLayers {
  /** By node: the size of the DRBD device. */
  readonly drbdBytes: Map<string, number>
  /** By node: the size that the volume had when DRBD put its meta-data at its end. */
  readonly metadataAt: Map<string, number>
  /** By node: the same as drbd-utils have noted it. */
  readonly notedAt: Map<string, number>
  /** What the initiator believes. */
  diskBytes: number
  filesystemBytes: number
  /** What differs from an ordinary superblock. */
  superblock: { reservedBlocks: number; hasErrors: boolean; isExt: boolean }
  /** What lvs shows of the volumes. */
  layout: string
  role: string
}

/** Gives the clouds of a cluster layers that can grow; both sides are in sync. */
export function growable(cluster: FakeCluster): ReadonlyMap<string, FakeLayers> {
  const { clouds } = readCluster(cluster.cib)
  const layers = new Map(clouds.map(cloud => [cloud.name, layersOf(cluster, cloud)]))
  for (const node of cluster.nodes) {
    setReplication(node, clouds)
    const { tools } = node.system
    const instead = (name: string, isMeant: (args: readonly string[], input: string) => boolean, act: FakeTool) => {
      const usual = tools.get(name)
      const own = watched(cluster, node.name, name, act)
      tools.set(name, (args, options) =>
        isMeant(args, options.input ?? '') ? own(args, options) : (usual?.(args, options) ?? 127),
      )
    }
    const scripted = { node, layers, clouds }
    instead(
      'lvs',
      args => args.includes('lv_size,lv_layout,lv_role,vg_free,vg_extent_size'),
      args => room(node, layers, args),
    )
    instead('lvextend', always, args => extend(node, args))
    instead(
      'drbdadm',
      ([verb = '']) => VERBS.includes(verb),
      ([verb, name = '']) => {
        const cloud = clouds.find(found => found.name === name)
        return drbdVerb(cluster, { verb, cloud, layers: layers.get(name) })
      },
    )
    instead(
      'drbdsetup',
      ([verb]) => verb === 'check-resize',
      ([, minor]) => {
        const name = clouds.find(found => `${found.minor}` === minor)?.name ?? ''
        layers.get(name)?.notedAt.set(node.name, node.volumes.get(name)?.sizeBytes ?? 0)
        return layers.has(name) ? 0 : { status: 1, stderr: 'Has no disk config, try with drbdmeta.\n' }
      },
    )
    instead(
      'sh',
      (_, input) => SCRIPTS.includes(input),
      (args, { input = '' }) => script(cluster, scripted, args.slice(2), input),
    )
    instead('resize2fs', always, ([device]) => {
      const own = layers.get(clouds.find((_, index) => deviceOf(index) === device)?.name ?? '')
      if (own === undefined) return { status: 1, stderr: `resize2fs: No such device ${device}\n` }
      own.filesystemBytes = own.diskBytes
      return 0
    })
  }
  return layers
}

/** What /proc/drbd shows on a node; by default all clouds are connected and up to date. */
export function setReplication(
  { system }: FakeNode,
  clouds: readonly Cloud[],
  line = 'cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----\n    ns:0 oos:0',
): void {
  const lines = clouds.map(({ minor }) => ` ${minor}: ${line}\n`)
  system.put('/proc/drbd', `version: 8.4.11 (api:1/proto:86-101)\n${lines.join('')}`)
}

/** Whether a side could be attached again after a reset, or has lost its meta-data. */
export function isAttachable(cluster: FakeCluster, layers: FakeLayers, cloud: string, name: string): boolean {
  const size = nodeOf(cluster, name).volumes.get(cloud)?.sizeBytes
  const at = layers.metadataAt.get(name)
  return at === size || at === layers.notedAt.get(name)
}

const always = () => true
const VERBS = ['resize', 'connect', 'disconnect']
const SCRIPTS: readonly string[] = [DRBD_SIZES, CLIENT_DISKS, RESCAN]

function layersOf(cluster: FakeCluster, { name, storageNodes }: Cloud): FakeLayers {
  const sizeBytes = nodeOf(cluster, storageNodes[0]).volumes.get(name)?.sizeBytes ?? 0
  const usable = drbdBytesOn(sizeBytes)
  const both = (value: number) => new Map(storageNodes.map(node => [node, value]))
  return {
    drbdBytes: both(usable),
    metadataAt: both(sizeBytes),
    // as older utilities leave it
    notedAt: both(0),
    diskBytes: usable,
    filesystemBytes: usable,
    superblock: { reservedBlocks: 63, hasErrors: false, isExt: true },
    layout: 'linear',
    role: 'public',
  }
}

const deviceOf = (index: number) => `/dev/sd${String.fromCharCode(97 + index)}`

function room(
  { volumes, sizeBytes }: FakeNode,
  layers: ReadonlyMap<string, FakeLayers>,
  args: readonly string[],
): ToolResult {
  const name = args.at(-1)?.split('/')[1] ?? ''
  const volume = volumes.get(name)
  const own = layers.get(name)
  if (volume === undefined || own === undefined)
    return { status: 5, stderr: `  Failed to find logical volume "vhacs/${name}"\n` }
  const free = sizeBytes - [...volumes.values()].reduce((sum, found) => sum + found.sizeBytes, 0)
  const row = {
    lv_size: `${volume.sizeBytes}`,
    lv_layout: own.layout,
    lv_role: own.role,
    vg_free: `${free}`,
    vg_extent_size: `${EXTENT}`,
  }
  return { status: 0, stdout: JSON.stringify({ report: [{ lv: [row] }] }) }
}

function extend({ volumes, sizeBytes }: FakeNode, args: readonly string[]): ToolResult {
  const volume = volumes.get(args.at(-1)?.split('/')[1] ?? '')
  const wanted = Number.parseInt(args[args.indexOf('--size') + 1] ?? '', 10)
  const free = sizeBytes - [...volumes.values()].reduce((sum, found) => sum + found.sizeBytes, 0)
  if (volume === undefined || wanted <= volume.sizeBytes || wanted - volume.sizeBytes > free)
    return { status: 5, stderr: '  Insufficient free space\n' }
  volume.sizeBytes = wanted
  return 0
}

interface Verb {
  readonly verb: string | undefined
  readonly cloud: Cloud | undefined
  readonly layers: FakeLayers | undefined
}

function drbdVerb(cluster: FakeCluster, { verb, cloud, layers }: Verb): ToolResult {
  if (cloud === undefined || layers === undefined) return { status: 10, stderr: 'not defined in your config\n' }
  if (verb !== 'resize') return 0
  // a side may have moved
  const nodes = readCluster(cluster.cib).clouds.find(({ name }) => name === cloud.name)?.storageNodes ?? []
  const sizes = nodes.map(node => nodeOf(cluster, node).volumes.get(cloud.name)?.sizeBytes ?? 0)
  layers.drbdBytes.clear()
  for (const [index, node] of nodes.entries()) {
    layers.drbdBytes.set(node, drbdBytesOn(Math.min(...sizes)))
    layers.metadataAt.set(node, sizes[index] ?? 0)
  }
  return 0
}

interface Scripted {
  readonly node: FakeNode
  readonly layers: ReadonlyMap<string, FakeLayers>
  readonly clouds: readonly Cloud[]
}

function script(
  cluster: FakeCluster,
  { node, layers, clouds }: Scripted,
  values: readonly string[],
  input: string,
): ToolResult {
  const print = (lines: readonly string[]) => ({ status: 0, stdout: lines.map(line => `${line}\n`).join('') })
  if (input === DRBD_SIZES)
    return print(
      clouds.flatMap(({ name, minor }) => {
        const volume = node.volumes.get(name)
        const bytes = layers.get(name)?.drbdBytes.get(node.name) ?? (volume && drbdBytesOn(volume.sizeBytes))
        return bytes === undefined ? [] : [`${minor} ${bytes / 512}`]
      }),
    )
  const isHere = (cloud: Cloud) => partPlaces(cloud, cluster.active()).mount === node.name
  if (input === CLIENT_DISKS)
    return print(
      clouds.flatMap((cloud, index) => {
        const own = layers.get(cloud.name)
        if (own === undefined || !values.includes(cloud.directory) || !isHere(cloud)) return []
        return [
          `directory ${cloud.directory}`,
          `device ${deviceOf(index)}`,
          `sectors ${own.diskBytes / 512}`,
          `superblock ${superblock(own)}`,
        ]
      }),
    )
  const cloud = clouds.find(({ iqn }) => iqn === values[0])
  const own = layers.get(cloud?.name ?? '')
  if (cloud === undefined || own === undefined || !isHere(cloud))
    return { status: 1, stderr: `there is no session of ${values[0]}\n` }
  own.diskBytes = Math.min(...own.drbdBytes.values())
  return 0
}

/** The first two KiB of an ext3 file system with blocks of 4 KiB, in hexadecimal. */
export function superblock({
  filesystemBytes,
  superblock: { reservedBlocks, hasErrors, isExt },
}: Pick<FakeLayers, 'filesystemBytes' | 'superblock'>): string {
  const bytes = Buffer.alloc(2048)
  if (!isExt) return bytes.toString('hex')
  const at = 1024
  bytes.writeUInt32LE(Math.floor(filesystemBytes / 4096), at + 0x4)
  bytes.writeUInt32LE(2, at + 0x18)
  bytes.writeUInt32LE(32768, at + 0x20)
  bytes.writeUInt32LE(8192, at + 0x28)
  bytes.writeUInt16LE(0xef53, at + 0x38)
  bytes.writeUInt16LE(hasErrors ? 3 : 1, at + 0x3a)
  bytes.writeUInt16LE(256, at + 0x58)
  bytes.writeUInt32LE(0x14, at + 0x5c)
  bytes.writeUInt16LE(reservedBlocks, at + 0xce)
  return bytes.toString('hex')
}
