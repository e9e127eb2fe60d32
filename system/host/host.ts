import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync, realpathSync, statSync } from 'node:fs'
import type { FileStatus } from '../file-status.ts'
import { parseMountId } from '../proc/mountinfo.ts'
import { hasCode, type System, ToolMissing } from '../system.ts'
import { encoded, textOf } from './byte-text.ts'
import { changes } from './changes.ts'
import { monotonicMilliseconds } from './monotonic.ts'
import { interfaceAddresses } from './network/interface-addresses.ts'
import { tryConnect } from './network/tcp.ts'
import { readInput, readWhole } from './read-file.ts'

interface HostOptions {
  /** Behave as if no tool were installed. */
  readonly withoutTools?: boolean
  /** Tools do not receive the signals that a terminal sends to this process's group. */
  readonly toolsInOwnGroup?: boolean
}

/**
 * The node that this process runs on.
 * Reads are synchronous: the kernel's own files do not block, and a monitor needs no thread for them.
 * A plain monitor is judged by what starting it costs, so what Node.js loads for other work is imported on use.
 */
export function hostSystem(options: HostOptions = {}): System {
  return {
    read: path => {
      try {
        return readWhole(path)
      } catch (error) {
        throw named(error, path)
      }
    },
    readInput,
    readFor,
    list: path => readdirSync(encoded(path), 'buffer').map(textOf).sort(),
    readLink: path => textOf(readlinkSync(encoded(path), 'buffer')),
    realPath: path => textOf(realpathSync.native(encoded(path), 'buffer')),
    stat,
    mountId,
    readBytes,
    readPieces: async function* (path, signal) {
      const { createReadStream } = await import('node:fs')
      yield* createReadStream(encoded(path), { signal })
    },
    space: async path => (await import('./space.ts')).spaceAt(path),
    ...changes,
    write: (path, text, writeOptions) =>
      changes.write(path, text, writeOptions).catch((error: unknown) => {
        throw named(error, path)
      }),
    makeScratchDirectory: async prefix => (await import('node:fs/promises')).mkdtemp(prefix),
    run: async (tool, args, runOptions) => {
      if (options.withoutTools) throw new ToolMissing(tool)
      const { runTool } = await import('./tools/run-tool.ts')
      return runTool(tool, args, { ...runOptions, inOwnGroup: options.toolsInOwnGroup ?? false })
    },
    stream: async function* (tool, args, streamOptions) {
      if (options.withoutTools) throw new ToolMissing(tool)
      const { streamTool } = await import('./tools/stream-tool.ts')
      return yield* streamTool(tool, args, { ...streamOptions, inOwnGroup: options.toolsInOwnGroup ?? false })
    },
    runAtTerminal: async (tool, args, terminalOptions) => {
      if (options.withoutTools) throw new ToolMissing(tool)
      const { runAtTerminal } = await import('./tools/run-at-terminal.ts')
      return runAtTerminal(tool, args, terminalOptions)
    },
    interfaceAddresses,
    tryConnect,
    postJson: async (url, body, signal) => (await import('./network/post.ts')).postJson(url, body, signal),
    signal: (pid, signal) => {
      try {
        process.kill(pid, signal === 'SIGRTMIN+4' ? SIGRTMIN + 4 : signal)
      } catch (error) {
        if (!hasCode(error, 'ESRCH')) throw error
      }
    },
    sleep: async (milliseconds, signal) => {
      signal?.throwIfAborted()
      const { setTimeout } = await import('node:timers/promises')
      await setTimeout(milliseconds, undefined, signal ? { signal } : {}).catch((error: unknown) => {
        signal?.throwIfAborted()
        throw error
      })
    },
    now: () => Date.now(),
  }
}

/** Of the C library of Debian, which keeps the real-time signals before it to itself. Node.js has no name for them. @see signal(7) */
const SIGRTMIN = 34

/** Small enough for the kernel to print quickly, however expensive its lines are. */
const CHUNK_BYTES = 8192

function readFor(path: string, milliseconds: number): ReturnType<System['readFor']> {
  const end = monotonicMilliseconds() + milliseconds
  const file = openSync(encoded(path), 'r')
  try {
    const chunks: Buffer[] = []
    for (;;) {
      const chunk = Buffer.alloc(CHUNK_BYTES)
      const length = readSync(file, chunk)
      if (length === 0) return { text: textOf(Buffer.concat(chunks)), isWhole: true }
      chunks.push(chunk.subarray(0, length))
      if (monotonicMilliseconds() < end) continue
      const all = Buffer.concat(chunks)
      return { text: textOf(all.subarray(0, all.lastIndexOf(0x0a) + 1)), isWhole: false }
    }
  } finally {
    closeSync(file)
  }
}

/** Adds the path: Node names a file that it cannot open, but not one that it cannot read or write. */
function named(error: unknown, path: string): unknown {
  if (error instanceof Error && !error.message.includes(path)) error.message += ` '${path}'`
  return error
}

function stat(path: string): FileStatus {
  const found = statSync(encoded(path))
  const inode = {
    fileSystem: deviceNumber(found.dev),
    owner: found.uid,
    permissions: found.mode & 0o7777,
    changedAt: found.ctimeMs,
  }
  if (found.isBlockDevice()) return { kind: 'block', device: deviceNumber(found.rdev), ...inode }
  return { kind: found.isDirectory() ? 'directory' : found.isFile() ? 'file' : 'other', ...inode }
}

/** open(2), O_PATH: a descriptor of the path alone, without opening the file. node:fs does not define it. */
const O_PATH = 0o10000000

function mountId(path: string): number {
  const place = openSync(encoded(path), O_PATH)
  try {
    return parseMountId(readFileSync(`/proc/self/fdinfo/${place}`, 'utf8'))
  } finally {
    closeSync(place)
  }
}

async function readBytes(path: string, position: number, length: number): Promise<Uint8Array> {
  const { open } = await import('node:fs/promises')
  const handle = await open(encoded(path), 'r')
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}

/**
 * `major:minor` as the kernel prints it in sysfs and mountinfo.
 * The bits lie as in glibc's gnu_dev_major(3); arithmetic, not bit operators, because the number may exceed 32 bits.
 */
function deviceNumber(device: number): string {
  const low = device % 2 ** 32
  const high = Math.floor(device / 2 ** 32)
  const major = (Math.floor(low / 2 ** 8) % 2 ** 12) + Math.floor(high / 2 ** 12) * 2 ** 12
  const minor = (low % 2 ** 8) + Math.floor(low / 2 ** 20) * 2 ** 8
  return `${major}:${minor}`
}
