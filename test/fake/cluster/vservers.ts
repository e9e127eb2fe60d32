import { EXEC } from '../../../system/nodes/containers/exec.ts'
import { SHELL } from '../../../system/nodes/containers/shell.ts'
import { EXAMINE, FURNISH } from '../../../system/nodes/trees/furnish.ts'
import { LOOK, PUT_IN_PLACE, REMOVE_MARK, REMOVE_TREE, REMOVE_UNFINISHED } from '../../../system/nodes/trees/place.ts'
import { UNPACK } from '../../../system/nodes/trees/unpack.ts'
import type { RunOptions } from '../../../system/system.ts'
import type { FakeStream, FakeTool, ToolResult } from '../system.ts'
import { type FakeCluster, watched } from './cluster.ts'
import { disturbed, streamingTo } from './copies.ts'
import type { FakeNode } from './storage-node.ts'

/** A directory with the root of an operating system. */
export interface FakeTree {
  readonly archive: Buffer
  readonly firstId: number
  hostName?: string
  isMarked: boolean
}

/** The trees on the storages of a cluster, and what runs in containers. */
export interface FakeVservers {
  /** By path; a draft has the path of its directory. */
  readonly trees: Map<string, FakeTree>
  /** What an image lacks. */
  lacks: readonly string[]
  /** Whether the file systems are full. */
  isFull: boolean
  /** Nodes without systemd-nspawn. */
  readonly bare: Set<string>
  /** What a command prints in a container. */
  answer: (container: string, command: string, input: string | undefined) => ToolResult
}

/** Gives a cluster storages with directories in which containers can be made. */
export function hosting(cluster: FakeCluster): FakeVservers {
  const fake: FakeVservers = {
    trees: new Map(),
    lacks: [],
    isFull: false,
    bare: new Set(),
    answer: (container, command) => ({ status: 0, stdout: `${command} in ${container}\n` }),
  }
  for (const node of cluster.nodes) equip(cluster, node, fake)
  streamingTo(cluster)
  return fake
}

function equip(cluster: FakeCluster, node: FakeNode, fake: FakeVservers): void {
  const { tools, streams } = node.system
  const { name } = node
  const isThere = tools.get('test')
  tools.set('test', (args, options) =>
    args[0] === '-x' ? Number(fake.bare.has(name)) : (isThere?.(args, options) ?? 1),
  )
  tools.set('du', () => ({ status: 0, stdout: '4096\t.\n' }))
  streams.set('sh', (args, options) => {
    const [, text, , ...values] = args
    if (text !== UNPACK) throw new Error('another script')
    return disturbed(cluster, name, ['sh', 'unpack', ...values], () => unpack(node, fake, values, options.input))
  })
  const shell = tools.get('sh')
  tools.set('sh', (args, options) => {
    const text = args[0] === '-c' ? args[1] : options.input
    const [, word, act] = SCRIPTS.find(([known]) => known === text) ?? []
    if (act === undefined || word === undefined) return shell?.(args, options) ?? 127
    const values = args[0] === '-c' ? args.slice(3) : args.slice(2)
    const tool: FakeTool = (_, given) => act(node, fake, values, given)
    return watched(cluster, name, 'sh', tool)([word, ...values], options)
  })
}

type Act = (node: FakeNode, fake: FakeVservers, values: readonly string[], options: RunOptions) => ToolResult

const failure = (stderr: string): ToolResult => ({ status: 1, stderr: `${stderr}\n` })

/** What acts on a mount: nothing else does without one. */
const mounted =
  (act: Act): Act =>
  (node, fake, values, options) =>
    node.isMounted(values[0] ?? '') ? act(node, fake, values, options) : failure(`nothing is mounted on ${values[0]}`)

const SCRIPTS: readonly (readonly [string, string, Act])[] = [
  [
    LOOK,
    'look',
    mounted((_, { trees }, [, , place = '']) => {
      const tree = trees.get(place)
      return { status: 0, stdout: tree === undefined ? 'free\n' : tree.isMarked ? 'unfinished\n' : 'directory\n' }
    }),
  ],
  [
    EXAMINE,
    'examine',
    (_, { lacks }) => {
      const parts = ['usr', 'init', 'os-release'].filter(part => !lacks.includes(part))
      return { status: 0, stdout: [...parts, 'end', ''].join('\n') }
    },
  ],
  [
    FURNISH,
    'furnish',
    (_, { trees }, [draft = '', hostName = '']) => {
      const tree = trees.get(draft)
      if (tree === undefined) return failure(`${draft}: No such file or directory`)
      Object.assign(tree, { hostName, isMarked: true })
      return 0
    },
  ],
  [
    PUT_IN_PLACE,
    'put-in-place',
    mounted((_, { trees }, [, draft = '', place = '']) => {
      const tree = trees.get(draft)
      if (tree === undefined || trees.has(place)) return failure(`${place} exists`)
      trees.delete(draft)
      trees.set(place, tree)
      return 0
    }),
  ],
  [
    REMOVE_UNFINISHED,
    'remove-unfinished',
    mounted((_, { trees }, [, draft = '', place = '']) => {
      if (trees.get(place)?.isMarked) trees.delete(place)
      trees.delete(draft)
      return 0
    }),
  ],
  [
    REMOVE_TREE,
    'remove-tree',
    mounted((_, { trees }, [, draft = '', place = '']) => {
      trees.delete(draft)
      trees.delete(place)
      return 0
    }),
  ],
  [
    REMOVE_MARK,
    'remove-mark',
    (_, { trees }, [place = '']) => {
      const tree = trees.get(place)
      if (tree) tree.isMarked = false
      return 0
    },
  ],
  [EXEC, 'exec', (_, { answer }, [container = '', command = ''], { input }) => answer(container, command, input)],
  [SHELL, 'shell', (_, { answer }, [container = '', type = '']) => answer(container, `a shell at ${type}`, undefined)],
]

async function* unpack(
  node: FakeNode,
  fake: FakeVservers,
  [mount = '', draft = '', , firstId = '']: readonly string[],
  input: Parameters<FakeStream>[1]['input'],
): ReturnType<FakeStream> {
  yield new Uint8Array()
  if (!node.isMounted(mount)) return failure(`nothing is mounted on ${mount}`)
  if (fake.trees.has(draft)) return failure(`mkdir: cannot create directory '${draft}': File exists`)
  const pieces: Uint8Array[] = []
  fake.trees.set(draft, { archive: Buffer.alloc(0), firstId: Number(firstId), isMarked: false })
  for await (const piece of input ?? []) pieces.push(piece)
  if (fake.isFull) {
    fake.trees.delete(draft)
    return failure('tar: ./usr/x: Cannot write: No space left on device')
  }
  fake.trees.set(draft, { archive: Buffer.concat(pieces), firstId: Number(firstId), isMarked: false })
  return 0
}
