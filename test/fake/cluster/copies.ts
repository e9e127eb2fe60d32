import { hash } from 'node:crypto'
import { IDENTITY } from '../../../system/nodes/blocks/identity.ts'
import { READ_PARTS } from '../../../system/nodes/blocks/read-blocks.ts'
import { AWAIT_WRITER, WRITE_PARTS } from '../../../system/nodes/blocks/write-blocks.ts'
import { BEING_READ } from '../../../system/nodes/snapshots/being-read.ts'
import type { FakeStream, ToolResult } from '../system.ts'
import { type FakeCluster, watched } from './cluster.ts'
import { type FakeSides, snapshottable } from './snapshots.ts'
import type { FakeNode } from './storage-node.ts'

const MIB = 2 ** 20
const BLOCK = 4096
const BLOCKS = 2048
/** First and last. */
const FREE: readonly (readonly [number, number])[] = [
  [300, 1499],
  [2040, 2047],
]

/** What was copied, and what is being read. */
export interface FakeCopies extends FakeSides {
  /** By node and device, such as `node1 /dev/drbd1`. */
  readonly devices: Map<string, Buffer>
  /** Those that something reads. */
  readonly read: Set<string>
  /** What dumpe2fs prints. */
  dump: string
}

/** Gives a cluster file systems of 8 MiB that can be read in snapshots and written to the devices of new clouds. */
export function copyable(cluster: FakeCluster): FakeCopies {
  const copies: FakeCopies = Object.assign(snapshottable(cluster), {
    devices: new Map<string, Buffer>(),
    read: new Set<string>(),
    dump: dumpText(),
  })
  for (const node of cluster.nodes) equip(cluster, node, copies)
  streamingTo(cluster)
  return copies
}

/** Lets commands on all nodes be run between two streams. */
export function streamingTo(cluster: FakeCluster): void {
  const [first] = cluster.nodes
  first?.system.streams.set('env', (words, options) => run(first, words, options))
  first?.system.streams.set('ssh', async function* (args, options) {
    const [host = '', , text = ''] = args.slice(-3)
    const there = cluster.nodes.find(({ name }) => host === `root@${name}`)
    if (there === undefined || !there.isUp)
      return { status: 255, stderr: `ssh: connect to host ${host}: No route to host\n` }
    const words = text
      .replaceAll("'\\''", '\0')
      .slice(1, -1)
      .split("' '")
      .map(word => word.replaceAll('\0', "'"))
    return yield* run(there, words, options)
  })
}

function run({ system }: FakeNode, [tool = '', ...args]: readonly string[], options: Parameters<FakeStream>[1]) {
  const program = system.streams.get(tool)
  if (program === undefined) throw new Error(`no ${tool} for streams`)
  return program(args, options)
}

/** The content of a file system into which that much was written; what is free is not blank. */
export function imageOf(content: number): Buffer {
  const seed = hash('sha512', String(content), 'buffer')
  return Buffer.alloc(BLOCKS * BLOCK, seed)
}

/** The same, with zeros for what is free of the parts that are copied, and for those that are not. */
export function copyOf(content: number): Buffer {
  const image = imageOf(content)
  for (const [first, last] of FREE) image.fill(0, first * BLOCK, (last + 1) * BLOCK)
  return image
}

function dumpText(): string {
  const count = FREE.reduce((sum, [first, last]) => sum + last - first + 1, 0)
  return [
    'Filesystem features:      has_journal ext_attr resize_inode dir_index filetype sparse_super large_file',
    `Block count:              ${BLOCKS}`,
    'First block:              0',
    `Block size:               ${BLOCK}`,
    '',
    `Group 0: (Blocks 0-${BLOCKS - 1})`,
    `  ${count} free blocks, 100 free inodes, 2 directories`,
    `  Free blocks: ${FREE.map(([first, last]) => `${first}-${last}`).join(', ')}`,
    '  Free inodes: 13-112',
    '',
  ].join('\n')
}

function equip(cluster: FakeCluster, node: FakeNode, copies: FakeCopies): void {
  const { tools, streams } = node.system
  const { name } = node
  streams.set('sh', (args, options) => {
    const [, text, , ...values] = args
    const act = text === READ_PARTS ? read : text === WRITE_PARTS ? write : dump
    return disturbed(cluster, name, ['sh', ...values], () => act(node, copies, values, options.input))
  })
  const ok = () => 0
  for (const tool of ['e2fsck', 'tune2fs', 'resize2fs']) tools.set(tool, watched(cluster, name, tool, ok))
  const size = () => ({ status: 0, stdout: `${64 * MIB}\n` })
  tools.set('blockdev', watched(cluster, name, 'blockdev', size))
  const shell = tools.get('sh')
  tools.set('sh', (args, options) => {
    const { input = '' } = options
    if (input === IDENTITY) return { status: 0, stdout: `LVM-${snapshotAt(node, copies, args.at(-1)) ?? 'none'}\n` }
    if (input === AWAIT_WRITER) return watched(cluster, name, 'sh', ok)(args, options)
    if (input === BEING_READ) return copies.read.has(args.slice(-2).join('/')) ? 0 : 1
    return shell?.(args, options) ?? 127
  })
}

type Input = AsyncIterable<Uint8Array> | undefined
type Act = (node: FakeNode, copies: FakeCopies, values: readonly string[], input: Input) => ReturnType<FakeStream>

/** Recorded, and failing as the cluster wants, as `watched` does with tools. */
export async function* disturbed(
  cluster: FakeCluster,
  node: string,
  words: readonly string[],
  act: () => ReturnType<FakeStream>,
): ReturnType<FakeStream> {
  const command = { node, words }
  cluster.ran.push(command)
  const trouble = cluster.disturb(command)
  const failure = { status: 99, stderr: 'sh: out of order\n' }
  if (trouble === 'fails') return failure
  const result = yield* act()
  return trouble === 'fails afterwards' ? failure : result
}

function snapshotAt(node: FakeNode, { snapshots }: FakeCopies, device = ''): number | undefined {
  return snapshots.get(node.name)?.get(device.split('/').at(-1) ?? '')?.content
}

const dump: Act = async function* (node, copies, [device]) {
  if (snapshotAt(node, copies, device) === undefined) return missing(device)
  // in pieces that are not lines
  for (let at = 0; at < copies.dump.length; at += 100) yield Buffer.from(copies.dump.slice(at, at + 100))
  return 0
}

const read: Act = async function* (node, copies, [device = ''], input) {
  for await (const bytes of input ?? [])
    for (const line of bytes.toString().split('\n').filter(Boolean)) {
      const content = snapshotAt(node, copies, device)
      if (content === undefined) return missing(device)
      const [skip = 0, count = 0] = line.split(' ').map(Number)
      const part = imageOf(content).subarray(skip * MIB, (skip + count) * MIB)
      for (let at = 0; at < part.length; at += 65_536) yield Buffer.from(part.subarray(at, at + 65_536))
    }
  return 0
}

const write: Act = async function* (node, { devices }, [device = ''], input) {
  yield new Uint8Array()
  const bytes = Buffer.concat(await Array.fromAsync(input ?? []))
  const target = Buffer.alloc(BLOCKS * BLOCK)
  devices.set(`${node.name} ${device}`, target)
  for (let at = 0; ; ) {
    const end = bytes.indexOf('\n', at)
    const line = bytes.subarray(at, end).toString()
    if (line === 'end') return 0
    if (end < at) return { status: 1, stderr: `the content for ${device} ended early\n` }
    const [offset = 0, length = 0] = line.split(' ').map(Number)
    bytes.copy(target, offset, end + 1, end + 1 + length)
    at = end + 1 + length
  }
}

function missing(device: string | undefined): ToolResult {
  return { status: 1, stderr: `${device}: No such file or directory\n` }
}
