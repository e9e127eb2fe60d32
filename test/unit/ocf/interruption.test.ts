import { beforeEach, describe, expect, test, vi } from 'vitest'
import { exit } from '../../../ocf/exit.ts'
import { degraded, interrupted, type State, started, stopped } from '../../../ocf/state.ts'
import { parseInterruption } from '../../../system/pacemaker/interruption-note.ts'
import { call } from '../../fake/call.ts'
import { type FakeSystem, fakeSystem } from '../../fake/system.ts'
import { agentWith } from './agent.ts'

/* A condition that a failover explains becomes degraded only when it lasts longer than a failover. */

const NOTE = '/run/vhacs/interrupted-c0'
const PAUSED = 'the session is being recovered'

let system: FakeSystem
let state: State
let said: string
const agent = agentWith({
  state: () => state,
  stop: async () => {
    state = stopped
  },
})

beforeEach(() => {
  system = fakeSystem()
  state = interrupted(PAUSED)
  said = ''
})

async function monitor(environment = {}) {
  const answer = await call(agent, 'monitor', {
    system,
    environment: { OCF_RESKEY_CRM_meta_interval: '10000', ...environment },
  })
  said += answer.stderr
  return answer
}

/** Monitors every ten seconds for so long; the exit codes. */
async function monitorFor(seconds: number, environment = {}) {
  const codes: number[] = []
  for (let second = 0; second < seconds; second += 10) {
    codes.push((await monitor(environment)).code)
    await vi.advanceTimersByTimeAsync(10_000)
  }
  return codes
}

describe('an interruption', () => {
  test('is degraded after two minutes, and as long as it lasts then', async () => {
    const codes = await monitorFor(200)
    expect(codes).toEqual([...Array(12).fill(exit.success), ...Array(8).fill(exit.degraded)])
    expect(await monitor()).toMatchObject({ reasons: [PAUSED] })
  })

  test('is logged when it begins and when it ends, and starts no process', async () => {
    await monitorFor(90)
    state = started
    await monitorFor(30)
    expect(said.trim().split('\n')).toEqual([
      expect.stringMatching(/INFO: the session is being recovered; as in a failover \(degraded if it lasts 120 s\)$/),
      expect.stringMatching(/INFO: ended after 90 s: the session is being recovered$/),
    ])
    expect(system.commands).toEqual([])
    expect(() => system.stat(NOTE)).toThrow()
  })

  test('is noted with its start and the time when it was last seen', async () => {
    const begin = system.now()
    await monitorFor(30)
    const noted = parseInterruption(system.read(NOTE).trim())
    expect(noted).toEqual({ resource: 'c0', since: begin, seen: begin + 20_000, reason: PAUSED })
  })

  test('after another one has its full time', async () => {
    await monitorFor(110)
    state = started
    await monitorFor(10)
    state = interrupted(PAUSED)
    expect(await monitorFor(120)).not.toContain(exit.degraded)
  })

  test('that may differ from the one before a pause of the monitors has its full time', async () => {
    await monitorFor(110)
    await vi.advanceTimersByTimeAsync(90_000)
    expect(await monitorFor(120)).not.toContain(exit.degraded)
  })

  test('counts on over the intervals of a slow monitor', async () => {
    const slow = { OCF_RESKEY_CRM_meta_interval: '300000' }
    expect((await monitor(slow)).code).toBe(exit.success)
    await vi.advanceTimersByTimeAsync(300_000)
    expect((await monitor(slow)).code).toBe(exit.degraded)
  })

  test('starts again if the clock was set back', async () => {
    await monitorFor(110)
    vi.setSystemTime(Date.now() - 3600_000)
    expect(await monitorFor(120)).not.toContain(exit.degraded)
  })

  test('is degraded at once when it cannot be noted', async () => {
    system.put('/run/vhacs', 'no directory')
    expect((await monitor()).code).toBe(exit.degraded)
    expect(said).toContain('could not be updated')
  })

  test('neither fails nor ends if its note cannot be read', async () => {
    await system.makeDirectory(NOTE, { parents: true })
    expect((await monitor()).code).toBe(exit.degraded)
    state = started
    expect((await monitor()).code).toBe(exit.success)
  })

  test('together with a fault that no failover explains is degraded at once', async () => {
    state = degraded('started', 'no session')
    expect((await monitor()).code).toBe(exit.degraded)
  })

  test('is ignored by a probe, which writes nothing', async () => {
    expect((await monitor({ OCF_RESKEY_CRM_meta_interval: '0' })).code).toBe(exit.success)
    expect(system.changes).toEqual([])
  })

  test('is forgotten by a stop', async () => {
    await monitor()
    expect((await call(agent, 'stop', { system })).code).toBe(exit.success)
    expect(() => system.stat(NOTE)).toThrow()
  })

  test.each([
    '',
    'interrupted',
    '[]',
    'null',
    '{"resource":"c0"}',
    `{"resource":"c0","since":"1","seen":2,"reason":""}`,
    '{',
  ])('starts again if its note contains %j', async text => {
    system.put(NOTE, text)
    expect((await monitor()).code).toBe(exit.success)
  })
})
