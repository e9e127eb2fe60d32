import { describe, expect, test } from 'vitest'
import { exit, invalidHere, notConfigured } from '../../../ocf/exit.ts'
import { runAgent } from '../../../ocf/runtime/run.ts'
import {
  degraded,
  incomplete,
  interrupted,
  promoted,
  type State,
  started,
  stopped,
  stoppedBecause,
  stoppedWithLeftover,
} from '../../../ocf/state.ts'
import { ToolFailed, ToolMissing } from '../../../system/system.ts'
import { call, recurring } from '../../fake/call.ts'
import { fakeSystem } from '../../fake/system.ts'
import { agentWith } from './agent.ts'

const system = fakeSystem()

/** An agent that is in one state after the other, and records its actions. */
function agentIn(...states: State[]) {
  const did: string[] = []
  const left = [...states]
  const act = (what: string) => async () => {
    did.push(what)
  }
  const agent = agentWith({
    state: () => (left.length > 1 ? left.shift() : left[0]) ?? stopped,
    start: act('start'),
    stop: act('stop'),
    completeStart: act('complete'),
    promote: act('promote'),
    demote: act('demote'),
  })
  return { agent, did }
}

describe('start', () => {
  test.each([started, degraded('started', 'no peer')])('of %j only completes it', async state => {
    const { agent, did } = agentIn(state)
    expect((await call(agent, 'start', { system })).code).toBe(exit.success)
    expect(did).toEqual(['complete'])
  })

  test('first cleans up what an earlier action left', async () => {
    const { agent, did } = agentIn(incomplete('half of it is there'), started)
    expect((await call(agent, 'start', { system })).code).toBe(exit.success)
    expect(did).toEqual(['stop', 'start'])
  })

  test('fails when the resource is not running afterwards', async () => {
    const { agent } = agentIn(stopped)
    expect(await call(agent, 'start', { system })).toMatchObject({
      code: exit.genericError,
      reasons: ['start finished, but the resource is still stopped'],
    })
  })

  test('fails when the resource is incomplete afterwards, and names what is missing', async () => {
    const { agent } = agentIn(stopped, incomplete('a portal is missing'))
    expect(await call(agent, 'start', { system })).toMatchObject({
      code: exit.genericError,
      reasons: ['start finished, but the resource is only partly active: a portal is missing'],
    })
  })

  test('of a degraded resource succeeds', async () => {
    const { agent } = agentIn(stopped, degraded('started', 'no peer'))
    expect(await call(agent, 'start', { system })).toMatchObject({ code: exit.success, reasons: [] })
  })
})

describe('stop', () => {
  test('removes a leftover', async () => {
    const { agent, did } = agentIn(stoppedWithLeftover('a record'), stopped)
    expect((await call(agent, 'stop', { system })).code).toBe(exit.success)
    expect(did).toEqual(['stop'])
  })

  test('cleans up an incomplete resource', async () => {
    const { agent, did } = agentIn(incomplete('half of it is there'), stopped)
    expect((await call(agent, 'stop', { system })).code).toBe(exit.success)
    expect(did).toEqual(['stop'])
  })

  test.each([
    [started, 'stop finished, but the resource is still running'],
    [incomplete('it is half there'), 'stop finished, but it is half there'],
  ])('fails when part of the resource remains (%j)', async (state, reason) => {
    const { agent } = agentIn(state)
    expect(await call(agent, 'stop', { system })).toMatchObject({ code: exit.genericError, reasons: [reason] })
  })
})

test('a stop without the possibility to start a child is performed without one', async () => {
  const { agent, did } = agentIn(started, stopped)
  const said: string[] = []
  const outcome = await runAgent(agent, {
    action: 'stop',
    environment: {},
    system,
    writeOutput: () => {},
    writeError: text => said.push(text),
    startChild: () => Promise.reject(new Error('spawn EAGAIN')),
  })
  expect({ outcome, did }).toEqual({ outcome: { code: exit.success, abandoned: false }, did: ['stop'] })
  expect(said).toEqual([
    expect.stringMatching(/WARNING: cannot start a supervised child: spawn EAGAIN; performing the action without one/),
  ])
})

describe('monitor', () => {
  test.each<[State, number, string[]]>([
    [started, exit.success, []],
    [promoted, exit.runningPromoted, []],
    [stopped, exit.notRunning, ['not running']],
    [stoppedBecause('another device is there'), exit.notRunning, ['another device is there']],
    [incomplete('half of it is there'), exit.genericError, ['half of it is there']],
    [degraded('started', 'no peer'), exit.degraded, ['no peer']],
    [degraded('promoted', 'no peer'), exit.degradedPromoted, ['no peer']],
  ])('of %j answers %i %j', async (state, code, reasons) => {
    const { agent } = agentIn(state)
    expect(await call(agent, 'monitor', { system, environment: recurring })).toMatchObject({ code, reasons })
  })

  test.each<[State, number]>([
    [stoppedBecause('another device is there'), exit.notRunning],
    [degraded('started', 'no peer'), exit.success],
    [degraded('promoted', 'no peer'), exit.runningPromoted],
  ])('as a probe of %j answers %i without a reason', async (state, code) => {
    const { agent } = agentIn(state)
    expect(await call(agent, 'monitor', { system })).toMatchObject({ code, reasons: [] })
  })
})

describe('a deep monitor', () => {
  const deep = (state: State, levels: readonly (10 | 20)[]) => {
    const checked: number[] = []
    const check = async (_: unknown, level: number) => {
      checked.push(level)
      if (level === 20) throw new Error('the write failed')
      return {}
    }
    return { agent: agentWith({ state: () => state, deepMonitor: { levels, check } }), checked }
  }

  test.each<[string | undefined, readonly (10 | 20)[], number[]]>([
    [undefined, [10], []],
    ['0', [10], []],
    ['9', [10], []],
    ['10', [10], [10]],
    ['15', [10], [10]],
    ['20', [10], [10]],
    ['19', [10, 20], [10]],
    ['10', [20], []],
    ['deep', [10], []],
  ])('at level %j of %j checks %j', async (level, levels, expected) => {
    const { agent, checked } = deep(started, levels)
    const environment = { ...recurring, OCF_CHECK_LEVEL: level }
    expect((await call(agent, 'monitor', { system, environment })).code).toBe(exit.success)
    expect(checked).toEqual(expected)
  })

  test('fails with the reason of the check', async () => {
    const { agent } = deep(promoted, [10, 20])
    const environment = { ...recurring, OCF_CHECK_LEVEL: '20' }
    expect(await call(agent, 'monitor', { system, environment })).toMatchObject({
      code: exit.genericError,
      reasons: ['monitor: the write failed'],
    })
  })

  test.each([
    stopped,
    incomplete('half'),
    degraded('started', 'no peer'),
    interrupted('I/O waits'),
  ])('checks nothing of %j', async state => {
    const { agent, checked } = deep(state, [10])
    await call(agent, 'monitor', { system, environment: { ...recurring, OCF_CHECK_LEVEL: '10' } })
    expect(checked).toEqual([])
  })
})

describe('promote and demote', () => {
  test.each(['promote', 'demote'])('%s of a stopped resource fails', async action => {
    const { agent, did } = agentIn(stopped)
    expect((await call(agent, action, { system })).code).toBe(exit.genericError)
    expect(did).toEqual([])
  })

  test('promote of a promoted resource does nothing', async () => {
    const { agent, did } = agentIn(degraded('promoted', 'no peer'))
    expect((await call(agent, 'promote', { system })).code).toBe(exit.success)
    expect(did).toEqual([])
  })

  test('start of a promoted resource demotes it', async () => {
    const { agent, did } = agentIn(degraded('promoted', 'no peer'), started)
    expect((await call(agent, 'start', { system })).code).toBe(exit.success)
    expect(did).toEqual(['demote'])
  })

  test('start of a degraded resource completes it, and succeeds whether or not that helps', async () => {
    for (const state of [started, degraded('started', 'no peer')]) {
      const { agent, did } = agentIn(degraded('started', 'no connection'), state)
      expect((await call(agent, 'start', { system })).code).toBe(exit.success)
      expect(did).toEqual(['complete'])
    }
  })

  test('start of a resource that remains promoted fails', async () => {
    const { agent, did } = agentIn(promoted)
    expect(await call(agent, 'start', { system })).toMatchObject({
      code: exit.genericError,
      reasons: ['start finished, but the resource is promoted'],
    })
    expect(did).toEqual(['demote'])
  })

  test('promote without effect fails', async () => {
    const { agent, did } = agentIn(started)
    expect(await call(agent, 'promote', { system })).toMatchObject({
      code: exit.genericError,
      reasons: ['promote finished, but the resource is started'],
    })
    expect(did).toEqual(['promote'])
  })
})

describe('an error', () => {
  const finished = { command: 'x y', status: 4, stdout: '', stderr: 'first\n\n  last\n' }

  test.each<[string, Error, number, string]>([
    ['of an agent', invalidHere('not on this node'), exit.invalidHere, 'not on this node'],
    [
      'for a missing tool',
      new ToolMissing({ name: 'x', package: 'x-utils' }),
      exit.notInstalled,
      'x is not installed on this node: install the package x-utils',
    ],
    ['of a tool', new ToolFailed(finished), exit.genericError, 'x y exited with 4: first; last'],
    ['that is unexpected', new TypeError('broken'), exit.genericError, 'monitor: broken'],
    [
      'of several lines',
      new Error('one\ntwo\r\n\tthree\0\x9b31m\x7f'),
      exit.genericError,
      'monitor: one\\ntwo\\r\\n\\tthree\\u0000\\u009b31m\\u007f',
    ],
    [
      'that forges a second reason',
      new Error('/mnt/a\nocf-exit-reason:all is well\n is in use'),
      exit.genericError,
      'monitor: /mnt/a\\nocf-exit-reason:all is well\\n is in use',
    ],
  ])('%s becomes a code and one reason of one line', async (_, error, code, reason) => {
    const agent = agentWith({ state: () => Promise.reject(error) })
    expect(await call(agent, 'monitor', { system })).toMatchObject({
      code,
      reasons: [reason],
      stderr: `ocf-exit-reason:${reason}\n`,
      stdout: '',
    })
  })

  test('of great length becomes a reason that Pacemaker keeps, and one complete line of the log', async () => {
    const agent = agentWith({ state: () => Promise.reject(new Error('word '.repeat(1000))) })
    const { stderr } = await call(agent, 'monitor', { system })
    expect(stderr).toMatch(
      /^test-agent\(c0\)\[\d+\]: ERROR: monitor: word .*\nocf-exit-reason:monitor: (word )+w?o?r?…\n$/,
    )
    expect(stderr.length).toBeLessThan(2300)
  })

  test('follows the prefix that Pacemaker sets', async () => {
    const agent = agentWith({ state: () => Promise.reject(invalidHere('no')) })
    const { stderr } = await call(agent, 'monitor', { system, environment: { OCF_EXIT_REASON_PREFIX: 'because:' } })
    expect(stderr).toBe('because:no\n')
  })
})

describe('validate-all', () => {
  const agent = agentWith({ validateHere: () => Promise.reject(invalidHere('not on this node')) })

  test.each([undefined, '', '0', '9'])('at level %j does not check the node', async level => {
    const environment = { OCF_CHECK_LEVEL: level }
    expect((await call(agent, 'validate-all', { system, environment })).code).toBe(exit.success)
  })

  test.each(['10', '20'])('at level %s checks it', async level => {
    const environment = { OCF_CHECK_LEVEL: level }
    expect((await call(agent, 'validate-all', { system, environment })).code).toBe(exit.invalidHere)
  })
})

test('contradictory parameters are rejected by start and validate-all, and do not prevent a stop', async () => {
  const codes = async (state: State) => {
    const { agent, did } = agentIn(state)
    const strict = {
      ...agent,
      checkParameters: () => {
        throw notConfigured('not together')
      },
    }
    const codeOf = async (action: string) => (await call(strict, action, { system })).code
    const checked = [await codeOf('start'), await codeOf('validate-all'), await codeOf('monitor')]
    expect(did).toEqual([])
    await codeOf('stop')
    expect(did).toEqual(state.is === 'stopped' ? [] : ['stop'])
    return checked
  }
  const refused = [exit.notConfigured, exit.notConfigured]
  expect(await codes(stopped)).toEqual([...refused, exit.notRunning])
  expect(await codes(started)).toEqual([...refused, exit.success])
})
