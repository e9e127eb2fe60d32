import type { ChildProcess } from 'node:child_process'
import fs from 'node:fs'
import fsp from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import { parseMountId } from './mounts.ts'
import {
  type FileStatus,
  type Finished,
  hasCode,
  type RunOptions,
  type System,
  type Tool,
  ToolMissing,
} from './system.ts'

const TOOL_DIRECTORIES = ['/usr/sbin', '/usr/bin', '/sbin', '/bin', '/usr/lib/drbd']
const TOOL_ENVIRONMENT = { PATH: TOOL_DIRECTORIES.slice(0, 4).join(':'), LC_ALL: 'C' }

interface HostOptions {
  /** As if no tool were installed. */
  readonly withoutTools?: boolean
  /** Tools are beyond the reach of signals to this process's group, as a terminal sends them. */
  readonly toolsInOwnGroup?: boolean
}

/**
 * The node that this process runs on.
 * Reads are synchronous: the kernel's own files do not block, and a monitor needs no thread for them.
 * Changes are not: a write to configfs may hang in the kernel, and the deadline must still fire.
 */
export function hostSystem(options: HostOptions = {}): System {
  return {
    read: path => {
      try {
        return fs.readFileSync(path, 'utf8')
      } catch (error) {
        throw named(error, path)
      }
    },
    list: path => fs.readdirSync(path).sort(),
    readLink: path => fs.readlinkSync(path),
    realPath: path => fs.realpathSync(path),
    stat,
    mountId,
    readBytes,
    write: async (path, text, { permissions } = { permissions: 0o666 }) => {
      try {
        await fsp.writeFile(path, text, { mode: permissions })
      } catch (error) {
        throw named(error, path)
      }
    },
    makeDirectory: async (path, { parents } = { parents: false }) => {
      await fsp.mkdir(path, { recursive: parents })
    },
    removeDirectory: path => fsp.rmdir(path),
    link: (target, path) => fsp.symlink(target, path),
    remove: path => fsp.unlink(path),
    rename: (from, to) => fsp.rename(from, to),
    run: (tool, args, runOptions) =>
      run(findTool(tool, options.withoutTools ?? false), tool, args, {
        ...runOptions,
        inOwnGroup: options.toolsInOwnGroup ?? false,
      }),
    signal: (pid, signal) => {
      try {
        process.kill(pid, signal)
      } catch (error) {
        if (!hasCode(error, 'ESRCH')) throw error
      }
    },
    sleep: async (milliseconds, signal) => {
      signal?.throwIfAborted()
      await setTimeout(milliseconds, undefined, signal ? { signal } : {}).catch((error: unknown) => {
        signal?.throwIfAborted()
        throw error
      })
    },
    now: () => Date.now(),
  }
}

/** Node names the file that it cannot open, but not the one that it cannot read or write. */
function named(error: unknown, path: string): unknown {
  if (error instanceof Error && !error.message.includes(path)) error.message += ` '${path}'`
  return error
}

function stat(path: string): FileStatus {
  const found = fs.statSync(path)
  const inode = {
    fileSystem: deviceNumber(found.dev),
    owner: found.uid,
    permissions: found.mode & 0o7777,
    changedAt: found.ctimeMs,
  }
  if (found.isBlockDevice()) return { kind: 'block', device: deviceNumber(found.rdev), ...inode }
  return { kind: found.isDirectory() ? 'directory' : found.isFile() ? 'file' : 'other', ...inode }
}

/** open(2), O_PATH: a mark at the place in the tree; what is there is not opened. node:fs does not name it. */
const O_PATH = 0o10000000

function mountId(path: string): number {
  const place = fs.openSync(path, O_PATH)
  try {
    return parseMountId(fs.readFileSync(`/proc/self/fdinfo/${place}`, 'utf8'))
  } finally {
    fs.closeSync(place)
  }
}

async function readBytes(path: string, position: number, length: number): Promise<Uint8Array> {
  const handle = await fsp.open(path, 'r')
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

function findTool(tool: Tool, withoutTools: boolean): string {
  const path = withoutTools
    ? undefined
    : TOOL_DIRECTORIES.map(directory => `${directory}/${tool.name}`).find(file => isExecutable(file))
  if (path === undefined) throw new ToolMissing(tool)
  return path
}

function isExecutable(path: string): boolean {
  try {
    fs.accessSync(path, fs.constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** What a node says that has no process, memory or file to give at the moment. */
const SHORTAGES = ['EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE']

/** A process that was killed and does not end within this time hangs in the kernel. */
const KILLED_MILLISECONDS = 1000

/** Settles soon after the time-out or the signal, whatever the process does: one that hangs in the kernel is left behind. */
async function run(
  path: string,
  tool: Tool,
  args: readonly string[],
  options: RunOptions & { readonly inOwnGroup: boolean },
): Promise<Finished> {
  // loaded on use: a monitor starts no process, and execa would double its start-up
  const { execa } = await import('execa')
  options.signal?.throwIfAborted()
  const child = execa(path, args, {
    env: { ...TOOL_ENVIRONMENT, ...options.environment },
    extendEnv: false,
    reject: false,
    stripFinalNewline: false,
    detached: options.inOwnGroup,
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
  })
  const command = [tool.name, ...args].join(' ')
  const inTime = await within(options, child)
  if (inTime) {
    if (inTime.cause instanceof Error && inTime.exitCode === undefined && !inTime.isTerminated) {
      if (!hasCode(inTime.cause, ...SHORTAGES)) throw inTime.cause
      return { command, status: undefined, isUnstarted: true, stdout: '', stderr: inTime.cause.message }
    }
    return { command, status: inTime.exitCode, stdout: inTime.stdout, stderr: inTime.stderr }
  }
  kill(child.nodeChildProcess, options.inOwnGroup)
  const killed = await Promise.race([child, setTimeout(KILLED_MILLISECONDS, undefined, { ref: false })])
  if (!killed) leave(child.nodeChildProcess)
  options.signal?.throwIfAborted()
  const timedOut = `no answer within ${options.timeoutSeconds} s`
  if (!killed) return { command, status: undefined, stdout: '', stderr: `${timedOut}, and it cannot be killed` }
  return { command, status: undefined, stdout: killed.stdout, stderr: killed.stderr + timedOut }
}

/** What the work comes to; undefined when the time-out or the signal is first. */
async function within<T>({ signal, timeoutSeconds }: RunOptions, work: Promise<T>): Promise<T | undefined> {
  const { promise: limit, resolve } = Promise.withResolvers<undefined>()
  const reach = () => resolve(undefined)
  const timer = timeoutSeconds && globalThis.setTimeout(reach, Math.ceil(timeoutSeconds * 1000))
  signal?.addEventListener('abort', reach)
  try {
    return await Promise.race([work, limit])
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', reach)
  }
}

/** With all that it has started, where that can be told. */
function kill(child: ChildProcess, isGroup: boolean): void {
  if (!isGroup || child.pid === undefined) {
    child.kill('SIGKILL')
    return
  }
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch (error) {
    if (!hasCode(error, 'ESRCH')) throw error
  }
}

/** It is waited for no more, so this process can end. */
function leave(child: ChildProcess): void {
  child.unref()
  for (const stream of child.stdio) stream?.destroy()
}
