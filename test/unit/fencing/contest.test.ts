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

/** What a node sees of the other one, and its Pacemaker's delay, in seconds. */
interface Sight {
  readonly hasLink: () => boolean
  readonly delay: number
}

const icmap = NODES.map(
  (name, index) => `nodelist.node.${index}.name (str) = ${name}\nnodelist.node.${index}.nodeid (u32) = ${index + 1}\n`,
)
const stats = (other: string, hasLink: boolean) =>
  `stats.knet.node${other.slice(-1)}.link0.connected (u8) = ${hasLink ? 1 : 0}\n`
const cib = (other: string) =>
  `<cib><status><node_state uname="${other}" in_ccm="false" crmd="offline" join="down"/></status></cib>`
const graph = (other: string, delay: number) =>
  `<transition_graph><crm_event operation="stonith" on_node="${other}"><attributes CRM_meta_priority_fencing_delay="${delay}"/></crm_event></transition_graph>`

/** A node on that disk; nothing comes to an end there once it is dead. Without a sight, corosync does not answer. */
function nodeOn(disk: Disk, name: string, sight?: Sight): System {
  const { slots, dead, random } = disk
  const pass = (milliseconds: number, signal?: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      setTimeout(() => !dead.has(name) && resolve(), milliseconds)
      signal?.addEventListener('abort', () => !dead.has(name) && reject(signal.reason))
    })
  const fake = fakeSystem({ '/run/vhacs/.keep': '', '/proc/sys/kernel/hostname': `${name}\n` })
  const other = name === 'node1' ? 'node2' : 'node1'
  fake.tools.set('corosync-cmapctl', async args => {
    await pass(1000 * random())
    const hasLink = sight?.hasLink()
    await pass(1000 * random())
    if (hasLink === undefined) return 1
    return { status: 0, stdout: args.includes('stats') ? stats(other, hasLink) : icmap.join('') }
  })
  const answer = (stdout: string) => async () => {
    await pass(3000 * random())
    return { status: 0, stdout }
  }
  const event = `<fence_event target="${other}" client="pacemaker-controld.7" status="pending"/>`
  fake.tools.set('stonith_admin', answer(`<pacemaker-result>${event}</pacemaker-result>`))
  fake.tools.set('cibadmin', answer(cib(other)))
  fake.tools.set('crm_simulate', async args => {
    await pass(4000 * random())
    fake.put(args[args.indexOf('--save-graph') + 1] ?? '', graph(other, sight?.delay ?? 0))
    return 0
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

interface Caller {
  readonly name: (typeof NODES)[number]
  /** When its fencer calls the agent, in milliseconds. */
  readonly at: number
  readonly sight?: Sight
}

/** Both nodes fence each other; returns who is dead in the end, and what the disk says then. */
async function contest(disk: Disk, callers: readonly Caller[]): Promise<Disk> {
  const ended = new Set<string>()
  for (const { name, at, sight } of callers) {
    const system = nodeOn(disk, name, sight)
    const [looking, patience] = [new AbortController(), new AbortController()]
    setTimeout(() => looking.abort(), at + 20_000)
    setTimeout(() => patience.abort(), at + 27_000)
    setTimeout(async () => {
      await runFencing({
        system,
        args: [],
        readInput: async () => `action=reboot\nplug=${name === 'node1' ? 'node2' : 'node1'}\ndevices=${DISK}\n`,
        writeOutput: () => undefined,
        writeError: () => undefined,
        signal: looking.signal,
        patience: patience.signal,
      })
      ended.add(name)
    }, at)
  }
  for (let round = 0; round < 300 && !NODES.every(name => ended.has(name) || disk.dead.has(name)); round++) {
    await vi.advanceTimersByTimeAsync(250)
    await setImmediate()
  }
  return disk
}

/** One of them up to four seconds after the other. */
async function contestOfEqual(seed: number, claimSlots: readonly string[]): Promise<Disk> {
  const disk = newDisk(seed, claimSlots)
  const lead = disk.random() < 0.5 ? 0 : 1
  return contest(
    disk,
    NODES.map((name, index) => ({ name, at: index === lead ? 0 : 4000 * disk.random() })),
  )
}

const CLAIM_SLOTS = NODES.map(name => `vhacs-claim-${name}`)

test('one of two nodes is reset, never both, and no claim is left', async () => {
  for (let seed = 0; seed < SERIES; seed++) {
    const { dead, slots } = await contestOfEqual(seed, CLAIM_SLOTS)
    expect([seed, dead.size]).toEqual([seed, 1])
    expect([seed, ...CLAIM_SLOTS.map(name => slots.get(name))]).toEqual([seed, 'clear', 'clear'])
  }
})

test('without slots for claims, both are reset now and then', async () => {
  let both = 0
  for (let seed = 0; seed < SERIES; seed++) if ((await contestOfEqual(seed, [])).dead.size === 2) both++
  expect(both).toBeGreaterThan(0)
})

test.each(
  NODES,
)('links that come back for three seconds, without a membership, leave %s, whose request has no delay', async survivor => {
  for (let seed = 0; seed < SERIES; seed++) {
    const disk = newDisk(seed, CLAIM_SLOTS)
    const up = 9000 * disk.random()
    const begun = Date.now()
    const hasLink = () => Date.now() - begun >= up && Date.now() - begun < up + 3000
    const callers = NODES.map(name => {
      const delay = name === survivor ? 0 : 10
      return { name, at: 2000 * disk.random() + 1000 * delay, sight: { hasLink, delay } }
    })
    const { dead } = await contest(disk, callers)
    expect([seed, ...dead]).toEqual([seed, ...NODES.filter(name => name !== survivor)])
  }
})

test('links that come back for good take one node at most, while no coordinator says whether it is still to be fenced', async () => {
  for (let seed = 0; seed < SERIES; seed++) {
    const disk = newDisk(seed, CLAIM_SLOTS)
    const up = 9000 * disk.random()
    const begun = Date.now()
    const hasLink = () => Date.now() - begun >= up
    // a node that is short of processor time calls its agent late, so the delay of the other one is used up
    const callers = NODES.map(name => ({ name, at: 12_000 * disk.random(), sight: { hasLink, delay: 0 } }))
    const { dead } = await contest(disk, callers)
    expect([seed, dead.size]).toEqual([seed, 1])
  }
})
