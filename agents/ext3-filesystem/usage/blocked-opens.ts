import { ifAlive } from '../../../system/proc/processes.ts'
import { systemCall } from '../../../system/proc/system-call.ts'
import type { System } from '../../../system/system.ts'

/** A FIFO whose other end a thread waits for in open(2). */
export interface BlockedOpen {
  /** The name that the thread passed; only `place` shows what it is relative to. */
  readonly name: string
  /** The same name through /proc, as the thread sees it. */
  readonly place: string
}

/** The FIFO that a thread is opening; `home` is its directory in /proc. */
export async function blockedOpen(system: System, home: string): Promise<BlockedOpen | undefined> {
  const wait = ifAlive(() => system.read(`${home}/wchan`))
  return wait === 'wait_for_partner' ? openedPath(system, home) : undefined
}

/** The arguments with directory and path of open(2), creat(2), openat(2) and openat2(2). */
const OPEN_CALLS: ReadonlyMap<number, { readonly directory?: number; readonly path: number }> = new Map([
  [2, { path: 0 }],
  [85, { path: 0 }],
  [257, { directory: 0, path: 1 }],
  [437, { directory: 0, path: 1 }],
])

const AT_FDCWD = 0xffffff9c
const LONGEST_PATH = 4096

async function openedPath(system: System, home: string): Promise<BlockedOpen | undefined> {
  const { number, args = [] } = systemCall(system, home) ?? {}
  const call = number === undefined ? undefined : OPEN_CALLS.get(number)
  if (call === undefined) return undefined
  const address = Number(args[call.path])
  if (!Number.isSafeInteger(address)) return undefined
  const name = await textAt(system, `${home}/mem`, address)
  if (!name) return undefined
  if (name.startsWith('/')) return { name, place: `${home}/root${name}` }
  const directory = call.directory === undefined ? AT_FDCWD : Number(BigInt.asUintN(32, args[call.directory] ?? 0n))
  return { name, place: directory === AT_FDCWD ? `${home}/cwd/${name}` : `${home}/fd/${directory}/${name}` }
}

async function textAt(system: System, memory: string, address: number): Promise<string | undefined> {
  try {
    const bytes = Buffer.from(await system.readBytes(memory, address, LONGEST_PATH))
    const end = bytes.indexOf(0)
    return end < 0 ? undefined : bytes.toString('utf8', 0, end)
  } catch {
    // the process has ended, or has changed its memory
    return undefined
  }
}
