import { beforeEach, describe, expect, test, vi } from 'vitest'
import { degraded, type Health, type State, started, stopped } from '../../../ocf/state.ts'
import { call } from '../../fake/call.ts'
import { type FakeSystem, fakeSystem } from '../../fake/system.ts'
import { agentWith } from './agent.ts'

/*
 * Pacemaker lists a degraded resource among the failed actions until the entry is removed. A cleanup would restart the dependents
 * of a promoted clone.
 */

const ENTRY =
  "--xpath //node_state[@uname='alpha']//lrm_resource[@id='c0']/lrm_rsc_op[@id='c0_last_failure_0'][@rc-code='190' or @rc-code='191']"
const QUERY = `cibadmin --query ${ENTRY}`
const REMOVE = `cibadmin --delete ${ENTRY}`

let system: FakeSystem
let state: State
let hasEntry: boolean
const agent = agentWith({
  state: () => state,
  stop: async () => {
    state = stopped
  },
})

beforeEach(() => {
  system = fakeSystem()
  system.tools.set('cibadmin', ([verb]) => {
    const status = hasEntry ? 0 : 105
    if (verb === '--delete') hasEntry = false
    return status
  })
  state = started
  hasEntry = true
})

const recurring = { OCF_RESKEY_CRM_meta_interval: '10000', OCF_RESKEY_CRM_meta_on_node: 'alpha' }

async function act(action: string, environment = {}) {
  const { code } = await call(agent, action, { system, environment: { ...recurring, ...environment } })
  return code
}

/** Monitors every ten seconds for so long. */
async function monitorFor(seconds: number) {
  for (let second = 0; second < seconds; second += 10) {
    await act('monitor')
    await vi.advanceTimersByTimeAsync(10_000)
  }
}

const commands = () => system.commands.map(words => words.join(' '))

describe('a resource after a degraded state', () => {
  beforeEach(async () => {
    state = degraded('started', 'no connection')
    await monitorFor(30)
    state = started
  })

  test('has its entry removed once, after it has been healthy for a minute', async () => {
    await monitorFor(60)
    expect(commands()).toEqual([])
    await monitorFor(600)
    expect(commands()).toEqual([QUERY, REMOVE])
  })

  test('with repeated degraded states has it removed when those have ended', async () => {
    for (let round = 0; round < 5; round++) {
      state = started
      await monitorFor(50)
      state = degraded('started', 'no connection')
      await monitorFor(10)
    }
    expect(commands()).toEqual([])
    state = started
    await monitorFor(80)
    expect(commands()).toEqual([QUERY, REMOVE])
  })

  test('keeps the entry of another failure', async () => {
    hasEntry = false
    await monitorFor(120)
    expect(commands()).toEqual([QUERY])
  })

  test('has its entry removed again if an election has restored it', async () => {
    await monitorFor(120)
    expect(commands()).toEqual([QUERY, REMOVE])
    system.commands.length = 0
    await monitorFor(600)
    expect(commands()).toEqual([QUERY])
    hasEntry = true
    await monitorFor(600)
    expect(commands()).toEqual([QUERY, QUERY, REMOVE])
  })

  test('has it removed later if Pacemaker does not answer in time', async () => {
    const answers = system.tools.get('cibadmin')
    system.tools.set('cibadmin', () => 124)
    await monitorFor(80)
    expect(commands()).toEqual([QUERY])
    system.tools.set('cibadmin', answers ?? (() => 0))
    await monitorFor(80)
    expect(commands()).toEqual([QUERY, QUERY, REMOVE])
  })

  test('has it removed after a stop, because nothing monitors it any more', async () => {
    expect(await act('stop')).toBe(0)
    expect(commands()).toEqual([QUERY, REMOVE])
  })

  test('waits if the entry of another resource has just been removed', async () => {
    system.put('/run/vhacs/removed-degraded-entry', String(system.now() + 60_000))
    await monitorFor(60)
    await act('monitor')
    expect(commands()).toEqual([])
    await monitorFor(20)
    expect(commands()).toEqual([QUERY, REMOVE])
  })

  test('is not touched by probes, or by monitors that Pacemaker did not start', async () => {
    await monitorFor(10)
    await vi.advanceTimersByTimeAsync(100_000)
    await act('monitor', { OCF_RESKEY_CRM_meta_interval: '0' })
    await act('monitor', { OCF_RESKEY_CRM_meta_on_node: undefined })
    expect(commands()).toEqual([])
  })

  test('is monitored and stopped although cibadmin fails or is missing', async () => {
    system.tools.set('cibadmin', () => 1)
    await monitorFor(70)
    expect(await act('monitor')).toBe(0)
    system.put('/run/vhacs/degraded-c0', 'degraded')
    system.tools.delete('cibadmin')
    expect(await act('stop')).toBe(0)
  })

  test('is stopped without a query of the entry if little time is left', async () => {
    expect(await act('stop', { OCF_RESKEY_CRM_meta_timeout: '9000' })).toBe(0)
    expect(commands()).toEqual([])
  })

  test('with a clock that was set back waits from then on', async () => {
    await monitorFor(10)
    vi.setSystemTime(Date.now() - 3600_000)
    await monitorFor(60)
    expect(commands()).toEqual([])
    await monitorFor(20)
    expect(commands()).toEqual([QUERY, REMOVE])
  })
})

describe('a monitor that does I/O', () => {
  let health: Health
  const checked = agentWith({ state: () => state, deepMonitor: { levels: [10], check: async () => health } })

  /** The plain monitor every ten seconds, the deep one every minute. */
  async function bothFor(seconds: number) {
    for (let second = 0; second < seconds; second += 10) {
      await call(checked, 'monitor', { system, environment: recurring })
      const deep = { ...recurring, OCF_RESKEY_CRM_meta_interval: '60000', OCF_CHECK_LEVEL: '10' }
      if (second % 60 === 0) await call(checked, 'monitor', { system, environment: deep })
      await vi.advanceTimersByTimeAsync(10_000)
    }
  }

  test('has its own entry, which is removed after that monitor has been healthy', async () => {
    health = { degraded: 'suspended' }
    await bothFor(600)
    expect(commands()).toEqual([])
    health = {}
    await bothFor(180)
    expect(commands()).toEqual([QUERY, REMOVE])
  })
})

test('a resource that was never degraded writes and starts nothing', async () => {
  await monitorFor(120)
  expect([system.changes, commands()]).toEqual([[], []])
})
