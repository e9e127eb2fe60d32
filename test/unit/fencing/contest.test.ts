import { setImmediate } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { runFencing } from '../../../fencing/run.ts'
import { FATAL_MESSAGES } from '../../../system/pacemaker/fencing/sbd.ts'
import type { System } from '../../../system/system.ts'
import { fakeSystem, type ToolResult } from '../../fake/system.ts'

/*
 * Two nodes that fence each other over one disk, with tools that take any time up to two seconds. A node that was told to reset itself goes on
 * for up to a second, until its sbd reads that.
 */

const DISK = '/dev/disk/by-id/virtio-sbd'
const NODES = ['node1', 'node2'] as const
const SERIES = 60

/** Numbers from 0 to 1 that depend on the seed alone. @see Mulberry32 */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

interface Disk {
  readonly slots: Map<string, string>
  readonly dead: Set<string>
  readonly random: () => number
}

function newDisk(seed: number, claimSlots: readonly string[]): Disk {
  const names = [...NODES, ...claimSlots]
  return { slots: new Map(names.map(name => [name, 'clear'])), dead: new Set(), random: randomOf(seed) }
}

/** A node on that disk; nothing comes to an end there once it is dead. */
function nodeOn(disk: Disk, name: string): System {
  const { slots, dead, random } = disk
  const pass = (milliseconds: number, signal?: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      setTimeout(() => !dead.has(name) && resolve(), milliseconds)
      signal?.addEventListener('abort', () => !dead.has(name) && reject(signal.reason))
    })
  const fake = fakeSystem({ '/proc/sys/kernel/hostname': `${name}\n` })
  fake.tools.set('corosync-cmapctl', async () => {
    await pass(2000 * random())
    return 1
  })
  fake.tools.set('sbd', async (args, { signal, timeoutSeconds = 60 }): Promise<ToolResult> => {
    await pass(1000 * random(), signal)
    const lines = [...slots].map(([slot, text], index) => `${index}\t${slot}\t${text}\t\n`)
    const [slot = '', message = ''] = args.slice(args.indexOf('message') + 1)
    if (args.includes('message')) {
      if (!slots.has(slot)) return 1
      slots.set(slot, message)
      if (FATAL_MESSAGES.includes(message)) setTimeout(() => dead.add(slot), 1000 * random())
    }
    // all but "exit" wait until the message must have been read
    const isShort = args.includes('list') || message === 'exit'
    await pass(isShort ? 1000 * random() : Math.min(20, timeoutSeconds) * 1000, signal)
    return { status: 0, stdout: lines.join('') }
  })
  return Object.assign(fake, { sleep: pass })
}

/** Both nodes fence each other; returns who is dead in the end, and what the disk says then. */
async function contest(seed: number, claimSlots: readonly string[]): Promise<Disk> {
  const disk = newDisk(seed, claimSlots)
  const ended = new Set<string>()
  const lead = disk.random() < 0.5 ? 0 : 1
  for (const [index, name] of NODES.entries()) {
    const system = nodeOn(disk, name)
    const delay = index === lead ? 0 : 4000 * disk.random()
    const looking = new AbortController()
    setTimeout(() => looking.abort(), delay + 20_000)
    setTimeout(async () => {
      await runFencing({
        system,
        args: [],
        readInput: async () => `action=reboot\nplug=${NODES[1 - index]}\ndevices=${DISK}\n`,
        writeOutput: () => undefined,
        writeError: () => undefined,
        signal: looking.signal,
      })
      ended.add(name)
    }, delay)
  }
  for (let round = 0; round < 240 && !NODES.every(name => ended.has(name) || disk.dead.has(name)); round++) {
    await vi.advanceTimersByTimeAsync(250)
    await setImmediate()
  }
  return disk
}

test('one of two nodes is reset, never both, and no claim is left', async () => {
  const claimSlots = NODES.map(name => `vhacs-claim-${name}`)
  for (let seed = 0; seed < SERIES; seed++) {
    const { dead, slots } = await contest(seed, claimSlots)
    expect([seed, dead.size]).toEqual([seed, 1])
    expect([seed, ...claimSlots.map(name => slots.get(name))]).toEqual([seed, 'clear', 'clear'])
  }
})

test('without slots for claims, both are reset now and then', async () => {
  let both = 0
  for (let seed = 0; seed < SERIES; seed++) if ((await contest(seed, [])).dead.size === 2) both++
  expect(both).toBeGreaterThan(0)
})
