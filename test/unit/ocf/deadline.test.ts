import { expect, test, vi } from 'vitest'
import { allowedMilliseconds, DeadlineReached, startDeadline } from '../../../ocf/deadline.ts'
import { exit } from '../../../ocf/exit.ts'
import { runAgent } from '../../../ocf/runtime/run.ts'
import { started, stopped } from '../../../ocf/state.ts'
import { monotonicMilliseconds } from '../../../system/host/monotonic.ts'
import { call } from '../../fake/call.ts'
import { fakeSystem } from '../../fake/system.ts'
import { agentWith } from './agent.ts'

const timeout = (milliseconds: string) => ({ OCF_RESKEY_CRM_meta_timeout: milliseconds })

test("an action times out half a second before Pacemaker's timeout", () => {
  expect(allowedMilliseconds(timeout('20000'), 60)).toBe(19_500)
})

test('a very short timeout is halved', () => {
  expect(allowedMilliseconds(timeout('600'), 60)).toBe(300)
})

test.each([undefined, '', '0', '-1', 'soon'])("without a timeout (%j) the agent's default applies", given => {
  expect(allowedMilliseconds({ OCF_RESKEY_CRM_meta_timeout: given }, 60)).toBe(59_500)
})

test('a timeout that no timer can hold does not fire at once', async () => {
  const agent = agentWith({ state: () => new Promise(resolve => setTimeout(() => resolve(started), 100)) })
  const ending = call(agent, 'monitor', { system: fakeSystem(), environment: timeout('2592000000') })
  await vi.advanceTimersByTimeAsync(200)
  expect((await ending).code).toBe(exit.success)
})

test('the signal is aborted when the time is up', async () => {
  const deadline = startDeadline(1500)
  await vi.advanceTimersByTimeAsync(1000)
  expect(deadline.remainingSeconds()).toBe(0.5)
  expect(deadline.signal.aborted).toBe(false)
  await vi.advanceTimersByTimeAsync(1000)
  expect(deadline.remainingSeconds()).toBe(0)
  expect(deadline.signal.reason).toEqual(new DeadlineReached(1.5))
})

test('the time counts from the start of the process', async () => {
  const deadline = startDeadline(1500, monotonicMilliseconds() - 1000)
  expect(deadline.remainingSeconds()).toBe(0.5)
  await vi.advanceTimersByTimeAsync(500)
  expect(deadline.signal.aborted).toBe(true)
})

test('an action that begins after its deadline does nothing', async () => {
  const did: string[] = []
  const agent = agentWith({ state: () => stopped, start: async () => void did.push('start') })
  const said: string[] = []
  const outcome = await runAgent(agent, {
    action: 'start',
    environment: timeout('20000'),
    begun: monotonicMilliseconds() - 19_600,
    system: fakeSystem(),
    writeOutput: () => {},
    writeError: text => said.push(text),
  })
  expect(outcome).toEqual({ code: exit.genericError, abandoned: true })
  expect(said).toEqual([
    'ocf-exit-reason:start timed out: not finished after 19.5 s, while inspecting the present state\n',
  ])
  expect(did).toEqual([])
})

test('a cancelled deadline keeps no timer', () => {
  startDeadline(1500).cancel()
  expect(vi.getTimerCount()).toBe(0)
})

test('an action that waits times out early, and its reason names the step', async () => {
  const agent = agentWith({
    state: () => stopped,
    start: async ({ system, deadline, step }) => {
      step('looking for the disk')
      step('waiting for the disk')
      await system.sleep(60_000, deadline.signal)
    },
  })
  const result = await call(agent, 'start', { system: fakeSystem(), environment: timeout('20000') })
  expect(result).toMatchObject({
    code: exit.genericError,
    reasons: ['start timed out: not finished after 19.5 s, while waiting for the disk'],
  })
  expect(vi.getTimerCount()).toBe(0)
})

test('an action that hangs in the kernel is abandoned before the timeout', async () => {
  const agent = agentWith({
    state: () => started,
    stop: async ({ step }) => {
      step('closing the device')
      await new Promise(() => {})
    },
  })
  const begun = Date.now()
  const ending = call(agent, 'stop', { system: fakeSystem(), environment: timeout('10000') }).then(result => ({
    ...result,
    took: Date.now() - begun,
  }))
  await vi.advanceTimersByTimeAsync(10_000)
  expect(await ending).toMatchObject({
    code: exit.genericError,
    abandoned: true,
    reasons: ['stop timed out: not finished after 9.5 s, while closing the device'],
    took: 9500,
  })
})

test('a tool that hangs is killed at the deadline', async () => {
  const system = fakeSystem()
  system.tools.set('hang', () => new Promise(() => {}))
  const agent = agentWith({
    state: () => stopped,
    start: async context => {
      context.step('asking')
      await context.system.run({ name: 'hang', package: 'x' }, [], { signal: context.deadline.signal })
    },
  })
  const ending = call(agent, 'start', { system, environment: timeout('10000') })
  await vi.advanceTimersByTimeAsync(10_000)
  expect((await ending).reasons).toEqual(['start timed out: not finished after 9.5 s, while asking'])
})
