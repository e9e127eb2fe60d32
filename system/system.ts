import type { InterfaceAddress, TcpAnswer } from './addresses.ts'
import type { FileStatus, FileSystemSpace, InputLimits, StreamOptions, TerminalOptions } from './file-status.ts'
import { pacemakerErrors } from './pacemaker-errors.ts'
import { withoutSecrets } from './secret-text.ts'

/**
 * A node: its files and its tools. Every function below `system/` takes one of these first. In every text and path, a byte that is
 * not part of UTF-8 is a lone surrogate from U+DC80 to U+DCFF; as a path or argument it becomes that byte again.
 */
export interface System {
  /** The whole text of a file, at most 64 MiB. For /proc, /sys and configfs, where a read does not block. */
  read(path: string): string
  /** The text of a file that an operator names, which may be a pipe: waits until its writers have closed it. */
  readInput(path: string, limits: InputLimits): Promise<string>
  /** The same as `read`, for tables that users can make long: the lines that can be read in that time, and whether the text is complete. */
  readFor(path: string, milliseconds: number): { readonly text: string; readonly isWhole: boolean }
  /** The names in a directory, sorted. */
  list(path: string): string[]
  /** The text of a symbolic link. */
  readLink(path: string): string
  /** The path with every symbolic link resolved. */
  realPath(path: string): string
  /** The status of the file at a path, links followed. */
  stat(path: string): FileStatus
  /**
   * The number in mountinfo of the mount that a path is on, links followed. Does no I/O where a link of /proc/PID leads to a
   * disk; may block where it leads to a server.
   */
  mountId(path: string): number

  /** Bytes of a file or block device from `position` on, fewer at its end. It may block forever: not for a plain monitor. */
  readBytes(path: string, position: number, length: number): Promise<Uint8Array>
  /** All bytes of a file or pipe, as they come. Leaving the loop closes it. */
  readPieces(path: string, signal: AbortSignal): AsyncIterable<Uint8Array>
  /** The space of the file system that a path is on. Does no I/O on ext2 to ext4; elsewhere it may fail with ETIMEDOUT. */
  space(path: string): Promise<FileSystemSpace>
  /** A file that this creates has no other permissions than `permissions`, 0o644 unless told otherwise, from the start. */
  write(path: string, text: string, options?: { readonly permissions: number }): Promise<void>
  /** Creates a file with all of these bytes, or none, that only this user may read. Fails with EEXIST where something exists. */
  createFile(path: string, bytes: Uint8Array | AsyncIterable<Uint8Array>): Promise<void>
  /** Whatever the mask of the caller, only this user may write to it. */
  makeDirectory(path: string, options?: { readonly parents: boolean }): Promise<void>
  /** Makes a directory that only this user may enter, with an unpredictable name: `prefix` and six more letters. */
  makeScratchDirectory(prefix: string): Promise<string>
  removeDirectory(path: string): Promise<void>
  link(target: string, path: string): Promise<void>
  remove(path: string): Promise<void>
  rename(from: string, to: string): Promise<void>

  /**
   * Runs a tool of the node until it exits, without a shell and with an empty environment.
   * @throws ToolMissing when it is not installed.
   */
  run(tool: Tool, args: readonly string[], options?: RunOptions): Promise<Finished>
  /** Runs a tool likewise, yields its output, and returns how it ended. Leaving the loop, the signal and an error of the input kill it. */
  stream(tool: Tool, args: readonly string[], options: StreamOptions): AsyncGenerator<Uint8Array, Finished>
  /** Runs a tool likewise at the terminal of this process; the signal asks it to end. Returns its exit status, as a shell does after a signal. */
  runAtTerminal(tool: Tool, args: readonly string[], options: TerminalOptions): Promise<number>

  /** The addresses of the interfaces that are up and have carrier. Starts no process. */
  interfaceAddresses(): InterfaceAddress[]

  /** What a TCP connection meets there within that time; an accepted one is closed again. */
  tryConnect(at: { readonly address: string; readonly port: number }, milliseconds: number): Promise<TcpAnswer>
  /** Sends JSON to a URL by HTTP, and returns the status of the answer. Errors do not contain the URL. */
  postJson(url: string, body: string, signal: AbortSignal): Promise<number>
  /** Sends a signal to a process; does nothing when the process has ended. */
  signal(pid: number, signal: 'SIGTERM' | 'SIGKILL' | 'SIGUSR2' | 'SIGPWR' | 'SIGRTMIN+4'): void
  /** Resolves after that many milliseconds; rejects with the signal's reason when it is aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>
  /** Milliseconds since the epoch. */
  now(): number
}

/** A command of the node and the Debian package that contains it. */
export interface Tool {
  readonly name: string
  readonly package: string
}

export interface RunOptions {
  readonly input?: string
  readonly environment?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
  readonly timeoutSeconds?: number
  /** The tool is killed when its stdout or stderr exceeds this; 64 MiB by default. */
  readonly maxBytes?: number
  /** The tool changes nothing, so a dry run runs it too. */
  readonly looks?: true
  /** Its input or output is a secret as a whole: neither is ever shown. */
  readonly isSecret?: true
}

export interface Finished {
  /** The command line, as an operator would type it. */
  readonly command: string
  /** Undefined when a signal killed it, or it could not be started for lack of resources. */
  readonly status: number | undefined
  /** The node had no process, memory or file descriptor left for it. */
  readonly isUnstarted?: true
  readonly stdout: string
  readonly stderr: string
}

/** This node lacks something that it needs. */
export class Missing extends Error {}

/** A tool is not installed on this node. */
export class ToolMissing extends Missing {
  constructor(tool: Tool) {
    super(`${tool.name} is not installed on this node: install the package ${tool.package}`)
    this.name = 'ToolMissing'
  }
}

/** A tool failed. */
export class ToolFailed extends Error {
  readonly finished: Finished

  constructor(finished: Finished) {
    super([`${finished.command} ${exitText(finished)}`, lastOutput(finished)].filter(Boolean).join(': '))
    this.name = 'ToolFailed'
    this.finished = finished
  }
}

/** How a tool ended, in words to follow its command in a message. */
export function exitText({ status, isUnstarted }: Finished): string {
  if (isUnstarted) return 'could not be started'
  return status === undefined ? 'was killed by a signal' : `exited with ${status}`
}

/** The last lines of a tool's output, joined into one line: of stderr, or where that is empty of stdout; of XML its errors. */
export function lastOutput(finished: Finished): string {
  const output = withoutSecrets(finished.stderr.trim() || pacemakerErrors(finished.stdout.trim()))
  return (
    output
      .split('\n')
      // Pacemaker's tools begin every error with "Call failed: "
      .map(line => line.trim().replace(/^Call failed: /, ''))
      .filter(Boolean)
      .slice(-3)
      .join('; ')
  )
}

/**
 * The output of a tool that must succeed.
 * @throws ToolFailed for an exit status not in `accepted`.
 */
export async function runToSuccess(
  system: System,
  tool: Tool,
  args: readonly string[],
  options: RunOptions & { readonly accepted?: readonly number[] } = {},
): Promise<Finished> {
  const { accepted = [0], ...runOptions } = options
  const finished = await system.run(tool, args, runOptions)
  if (finished.status === undefined || !accepted.includes(finished.status)) throw new ToolFailed(finished)
  return finished
}

/** Whether an error of a System means that the path, or the device behind it, does not exist; circular links lead nowhere. */
export function isNotFound(error: unknown): boolean {
  return hasCode(error, 'ENOENT', 'ENOTDIR', 'ENXIO', 'ENODEV', 'ELOOP')
}

/** Whether an error carries one of these errno names. */
export function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code))
}

/** The code of an error of the operating system or of Node.js, such as ENOENT; undefined for any other error. */
export function systemErrorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}

/** The result of `read`; undefined when the file or device does not exist. */
export function ifPresent<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

/** Polls `check` until it returns something other than undefined. @throws the signal's reason when it is aborted. */
export async function waitFor<T>(
  system: System,
  check: () => T | undefined | Promise<T | undefined>,
  signal: AbortSignal,
  pauseMilliseconds = 100,
): Promise<T> {
  for (;;) {
    const found = await check()
    if (found !== undefined) return found
    await system.sleep(pauseMilliseconds, signal)
  }
}
