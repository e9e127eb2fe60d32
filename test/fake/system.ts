import { posix } from 'node:path'
import { vi } from 'vitest'
import type { FileStatus, StreamOptions } from '../../system/file-status.ts'
import { type Finished, type RunOptions, type System, ToolMissing } from '../../system/system.ts'
import { type Directory, directory, type Entry, errno, file, link, parentOf, put, walk } from './tree.ts'

/** The behaviour of a tool of the fake node; a status alone means no output. */
export type FakeTool = (args: readonly string[], options: RunOptions) => ToolResult | Promise<ToolResult>
export type ToolResult = number | { status: number | undefined; stdout?: string; stderr?: string }

/** A tool of the fake node between two streams. */
export type FakeStream = (args: readonly string[], options: StreamOptions) => AsyncGenerator<Uint8Array, ToolResult>

/** A node in memory, with a record of the changes to it. */
export interface FakeSystem extends System {
  /** The installed tools; remove one to simulate that it is missing. */
  readonly tools: Map<string, FakeTool>
  /** The tools that are installed, for streams. */
  readonly streams: Map<string, FakeStream>
  /** The commands that ran, one array each. */
  readonly commands: string[][]
  /** The changes to files, such as `write /path text`; reads are not recorded, nor are notes of exit reasons. */
  readonly changes: string[]
  /** The signals sent, such as `SIGTERM 42`. */
  readonly signals: string[]
  /** How the process of that number reacts to a signal. */
  readonly processes: Map<number, (signal: Parameters<System['signal']>[1]) => void>
  /** Adds something as the kernel, udev or an operator would; a text becomes a file. */
  put(path: string, entry: Entry | string): void
  /** Removes something likewise, with everything below it. */
  take(path: string): void
}

/** A node with these files, on the clock of vitest's fake timers: sleeping advances it. */
export function fakeSystem(files: Readonly<Record<string, string>> = {}): FakeSystem {
  const root = directory()
  const commands: string[][] = []
  const changes: string[] = []
  const signals: string[] = []
  const tools = new Map<string, FakeTool>()
  const streams = new Map<string, FakeStream>()
  const processes: FakeSystem['processes'] = new Map()
  for (const [path, text] of Object.entries(files)) put(root, path, file(text))
  const system: FakeSystem = {
    ...readsOf(root),
    readInput: async (path, { maxBytes }) => {
      const text = system.read(path)
      if (Buffer.byteLength(text) > maxBytes) throw errno('EFBIG', 'read', path)
      return text
    },
    readFor: path => ({ text: system.read(path), isWhole: true }),
    ...changesOf(root, changes),
    tools,
    streams,
    commands,
    changes,
    signals,
    processes,
    put: (path, entry) => put(root, path, typeof entry === 'string' ? file(entry) : entry),
    take: path => {
      const { holder, name } = parentOf(root, path, 'take')
      holder.entries.delete(name)
    },
    run: async (tool, args, options = {}) => {
      const program = tools.get(tool.name)
      if (program === undefined) throw new ToolMissing(tool)
      commands.push([tool.name, ...args])
      options.signal?.throwIfAborted()
      const result = await Promise.race([program(args, options), abortion(options.signal)])
      return finished([tool.name, ...args].join(' '), result)
    },
    stream: async function* (tool, args, options) {
      const program = streams.get(tool.name)
      if (program === undefined) throw new ToolMissing(tool)
      commands.push([tool.name, ...args])
      options.signal?.throwIfAborted()
      const running = program(args, options)
      for (;;) {
        const next = await running.next()
        options.signal?.throwIfAborted()
        if (next.done) return finished([tool.name, ...args].join(' '), next.value)
        yield next.value
      }
    },
    runAtTerminal: async (tool, args, { signal }) => {
      const result = await system.run(tool, args, signal ? { signal } : {})
      return result.status ?? 128
    },
    signal: (pid, signal) => {
      signals.push(`${signal} ${pid}`)
      processes.get(pid)?.(signal)
    },
    space: async path => {
      system.stat(path)
      return { sizeBytes: 2 ** 30, freeBytes: 2 ** 29, availableBytes: 2 ** 28, files: 65_536, freeFiles: 65_000 }
    },
    interfaceAddresses: () => [],
    tryConnect: async () => 'none',
    postJson: async () => {
      throw new Error('ENETUNREACH')
    },
    sleep: async (milliseconds, signal) => {
      signal?.throwIfAborted()
      await vi.advanceTimersByTimeAsync(milliseconds)
      signal?.throwIfAborted()
    },
    now: () => Date.now(),
  }
  return system
}

function finished(command: string, result: ToolResult): Finished {
  const { status, stdout = '', stderr = '' } = typeof result === 'number' ? { status: result } : result
  return { command, status, stdout, stderr }
}

function abortion(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
}

type Reads = Pick<System, 'read' | 'list' | 'readLink' | 'realPath' | 'stat' | 'mountId' | 'readBytes' | 'readPieces'>

function readsOf(root: Directory): Reads {
  return {
    read: path => {
      const { entry } = walk(root, path, 'open')
      if (entry.kind === 'directory') throw errno('EISDIR', 'read', path)
      if (entry.kind !== 'file') throw errno('EIO', 'read', path)
      return named('read', path, () => entry.read())
    },
    list: path => {
      const { entry } = walk(root, path, 'scandir')
      if (entry.kind !== 'directory') throw errno('ENOTDIR', 'scandir', path)
      return [...entry.entries.keys()].sort()
    },
    readLink: path => {
      const { entry } = walk(root, path, 'readlink', false)
      if (entry.kind !== 'link') throw errno('EINVAL', 'readlink', path)
      return entry.target
    },
    realPath: path => walk(root, path, 'realpath').path,
    stat: path => statusOf(walk(root, path, 'stat').entry),
    // see addProcess
    mountId: path => {
      throw errno('ENOENT', 'open', path)
    },
    readPieces: path => piecesOf(root, path),
    readBytes: async (path, position, length) => {
      // as node:fs
      if (!Number.isSafeInteger(position)) throw new RangeError(`The value of "position" is out of range: ${position}`)
      const { entry } = walk(root, path, 'open')
      if (entry.kind === 'directory') throw errno('EISDIR', 'read', path)
      const content = entry.kind === 'file' ? Buffer.from(entry.read()) : contentOf(entry)
      return content.subarray(position, position + length)
    },
  }
}

/** Of a file that has one character for each byte. */
async function* piecesOf(root: Directory, path: string): AsyncGenerator<Uint8Array> {
  const { entry } = walk(root, path, 'open')
  if (entry.kind !== 'file') throw errno(entry.kind === 'directory' ? 'EISDIR' : 'EIO', 'read', path)
  const bytes = Buffer.from(entry.read(), 'latin1')
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) yield bytes.subarray(at, at + PIECE_BYTES)
}

const PIECE_BYTES = 60_000

function contentOf(entry: Entry): Uint8Array {
  return entry.kind === 'block' && entry.content ? entry.content() : new Uint8Array()
}

function statusOf(entry: Entry): FileStatus {
  const inode = { fileSystem: '254:0', owner: 0 }
  if (entry.kind === 'block') return { kind: 'block', device: entry.device, ...inode, permissions: 0o660, changedAt: 0 }
  if (entry.kind === 'directory')
    return { kind: 'directory', ...inode, owner: entry.owner ?? 0, permissions: 0o755, changedAt: entry.changedAt }
  if (entry.kind === 'link') throw new Error('links are followed')
  const { owner = 0, permissions = 0o644, changedAt = 0 } = entry
  return { kind: entry.isSpecial ? 'other' : 'file', ...inode, owner, permissions, changedAt }
}

type Changes = Pick<
  System,
  'write' | 'createFile' | 'makeDirectory' | 'makeScratchDirectory' | 'removeDirectory' | 'link' | 'remove' | 'rename'
>

/** The note of an exit reason, and its directory: whatever fails has one, and changes nothing by that. */
const IS_OF_A_REASON = /^(mkdir \/run(\/vhacs)?$|(write|rename|unlink) \/run\/vhacs\/\.?reason-)/

function changesOf(root: Directory, changes: string[]): Changes {
  let scratches = 0
  const record = (change: string) => {
    if (!IS_OF_A_REASON.test(change)) changes.push(change)
  }
  const makeDirectory = (path: string) => {
    const { holder, name } = parentOf(root, path, 'mkdir')
    if (holder.entries.has(name)) throw errno('EEXIST', 'mkdir', path)
    const made = named('mkdir', path, () => (holder.kernel?.make ? holder.kernel.make(name) : directory()))
    holder.entries.set(name, made)
    record(`mkdir ${path}`)
  }
  const makeParents = (path: string): void => {
    const found = ifThere(root, path)
    if (found?.entry.kind === 'directory') return
    if (found !== undefined) throw errno('EEXIST', 'mkdir', path)
    makeParents(posix.dirname(path))
    makeDirectory(path)
  }
  return {
    write: async (path, text, options) => {
      writeText(root, path, text, options?.permissions)
      record(`write ${path} ${text}`)
    },
    createFile: async (path, bytes) => {
      const content = bytes instanceof Uint8Array ? bytes : Buffer.concat(await Array.fromAsync(bytes))
      if (ifThere(root, path)) throw errno('EEXIST', 'link', path)
      const { holder, name } = parentOf(root, path, 'open')
      // one character for each byte
      holder.entries.set(name, { ...file(Buffer.from(content).toString('latin1')), permissions: 0o600 })
      record(`create ${path}`)
    },
    makeDirectory: async (path, options) => (options?.parents ? makeParents(path) : makeDirectory(path)),
    makeScratchDirectory: async prefix => {
      scratches += 1
      const path = `${prefix}${String(scratches).padStart(6, '0')}`
      // every machine has it
      if (path.startsWith('/tmp/')) makeParents('/tmp')
      makeDirectory(path)
      return path
    },
    removeDirectory: async path => {
      removeDirectory(root, path)
      record(`rmdir ${path}`)
    },
    link: async (target, path) => {
      const { holder, name } = parentOf(root, path, 'symlink')
      if (holder.entries.has(name)) throw errno('EEXIST', 'symlink', path)
      named('symlink', path, () => holder.kernel?.link?.(name, target))
      holder.entries.set(name, link(target))
      record(`symlink ${path}`)
    },
    remove: async path => {
      const { entry } = walk(root, path, 'unlink', false)
      if (entry.kind === 'directory') throw errno('EISDIR', 'unlink', path)
      const { holder, name } = parentOf(root, path, 'unlink')
      named('unlink', path, () => holder.kernel?.unlink?.(name))
      holder.entries.delete(name)
      record(`unlink ${path}`)
    },
    rename: async (from, to) => {
      const { entry } = walk(root, from, 'rename', false)
      const old = parentOf(root, from, 'rename')
      const next = parentOf(root, to, 'rename')
      old.holder.entries.delete(old.name)
      next.holder.entries.set(next.name, entry)
      record(`rename ${from} ${to}`)
    },
  }
}

function ifThere(root: Directory, path: string) {
  try {
    return walk(root, path, 'stat')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

function writeText(root: Directory, path: string, text: string, permissions = 0o644): void {
  const found = ifThere(root, path)?.entry
  if (found === undefined) {
    const { holder, name } = parentOf(root, path, 'open')
    if (holder.kernel) throw errno('EACCES', 'open', path)
    holder.entries.set(name, { ...file(text), permissions, changedAt: Date.now() })
    return
  }
  if (found.kind !== 'file') throw errno(found.kind === 'directory' ? 'EISDIR' : 'EIO', 'open', path)
  named('write', path, () => found.write(text))
}

function removeDirectory(root: Directory, path: string): void {
  const { entry } = walk(root, path, 'rmdir', false)
  if (entry.kind !== 'directory') throw errno('ENOTDIR', 'rmdir', path)
  const { holder, name } = parentOf(root, path, 'rmdir')
  named('rmdir', path, () => holder.kernel?.unlink?.(name))
  if (entry.kernel?.removed) named('rmdir', path, entry.kernel.removed)
  else if (entry.entries.size > 0) throw errno('ENOTEMPTY', 'rmdir', path)
  holder.entries.delete(name)
}

/** Adds call and path to what a rule of the kernel refused. */
function named<T>(call: string, path: string, act: () => T): T {
  try {
    return act()
  } catch (error) {
    if (error instanceof Error && 'code' in error) throw errno(String(error.code), call, path)
    throw error
  }
}
