import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'

/** Memory of several processes at once, in MiB. */
export interface Memory {
  /** All of it; what they share counts once. */
  readonly total: number
  /** What each has alone. */
  readonly own: number
}

/** The most memory that `count` processes of one command have at the same time, of several tries. */
export async function peakMemory(
  count: number,
  words: readonly string[],
  env: Record<string, string>,
): Promise<Memory> {
  let peak: Memory = { total: 0, own: 0 }
  for (let tries = 0; tries < 5; tries++) {
    const [program = '', ...args] = words
    const children = Array.from({ length: count }, () => spawn(program, args, { env, stdio: 'ignore' }))
    let running = count
    for (const child of children) void once(child, 'exit').then(() => running--)
    while (running > 0) {
      const now = memoryOf(children)
      if (now.total > peak.total) peak = now
      await setImmediate()
    }
  }
  return peak
}

function memoryOf(children: readonly ChildProcess[]): Memory {
  const found = children.flatMap(({ pid }) => rollUp(pid))
  const sum = (field: 'proportional' | 'dirty') => found.reduce((all, one) => all + one[field], 0) / 1024
  return { total: sum('proportional'), own: sum('dirty') / Math.max(1, found.length) }
}

/** In KiB; empty for a process that has ended. @see proc_pid_smaps_rollup(5) */
function rollUp(pid: number | undefined): { proportional: number; dirty: number }[] {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
    const field = (name: string) => Number(new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(text)?.[1] ?? 0)
    return [{ proportional: field('Pss'), dirty: field('Private_Dirty') }]
  } catch {
    return []
  }
}
