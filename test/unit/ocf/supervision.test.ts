import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { exit } from '../../../ocf/exit.ts'
import { isSupervised, type Report, supervise } from '../../../ocf/runtime/supervision.ts'
import { monotonicMilliseconds } from '../../../system/host/monotonic.ts'
import { agentWith } from './agent.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** A child in the test's hands, supervised for a minute since `begun`. */
function supervised(begun = monotonicMilliseconds()) {
  const reasons: string[] = []
  const signals: string[] = []
  let report: (report: Report) => void = () => {}
  let end: (status: number | undefined) => void = () => {}
  const outcome = supervise(
    {
      onReport: listener => {
        report = listener
      },
      ended: new Promise(resolve => {
        end = resolve
      }),
      requestExit: () => signals.push('exit requested'),
      kill: () => signals.push('SIGKILL'),
    },
    { action: 'stop', milliseconds: 60_000, begun, writeReason: reason => reasons.push(reason) },
  )
  return { outcome, reasons, signals, report: (said: Report) => report(said), end: (status?: number) => end(status) }
}

describe('a child', () => {
  test.each([exit.success, exit.runningPromoted, exit.degraded])('that exits with %i gives its code', async code => {
    const { outcome, reasons, signals, end } = supervised()
    end(code)
    expect(await outcome).toEqual({ code, abandoned: false })
    expect([reasons, signals]).toEqual([[], []])
  })

  test('that exits with a status which is not an OCF exit code failed', async () => {
    const { outcome, end } = supervised()
    end(134)
    expect(await outcome).toEqual({ code: exit.genericError, abandoned: false })
  })

  test('that failed leaves nothing running', async () => {
    const { outcome, signals, end } = supervised()
    end(exit.genericError)
    await outcome
    expect(signals).toEqual(['SIGKILL'])
  })

  test('that a signal killed failed, and the reason names the step', async () => {
    const { outcome, reasons, report, end } = supervised()
    report({ step: 'removing the LUN' })
    end(undefined)
    expect(await outcome).toEqual({ code: exit.genericError, abandoned: false })
    expect(reasons).toEqual(['stop was killed by a signal, while removing the LUN'])
  })

  test('that has reported its code but does not exit is abandoned with that code', async () => {
    const { outcome, reasons, signals, report } = supervised()
    report({ exit: exit.invalidHere })
    await vi.advanceTimersByTimeAsync(1000)
    expect(await outcome).toEqual({ code: exit.invalidHere, abandoned: true })
    expect([reasons, signals]).toEqual([[], ['exit requested', 'SIGKILL']])
  })

  test('that reports nothing is abandoned when the time is up, with its last step', async () => {
    const { outcome, reasons, signals, report } = supervised()
    report({ step: 'cutting the sessions' })
    report({ step: 'removing the LUN' })
    await vi.advanceTimersByTimeAsync(60_000)
    expect(reasons).toEqual(['stop timed out: not finished after 60 s, while removing the LUN'])
    expect(signals).toEqual(['exit requested'])
    await vi.advanceTimersByTimeAsync(100)
    expect(await outcome).toEqual({ code: exit.genericError, abandoned: true })
    expect(signals).toEqual(['exit requested', 'SIGKILL'])
  })

  test('that exits when it is asked to is not waited for any longer', async () => {
    const { outcome, end } = supervised()
    await vi.advanceTimersByTimeAsync(60_000)
    end(exit.genericError)
    expect(await outcome).toEqual({ code: exit.genericError, abandoned: true })
    expect(vi.getTimerCount()).toBe(0)
  })

  test('that is killed when the time is up does not cause a second reason', async () => {
    const { outcome, reasons, end } = supervised()
    await vi.advanceTimersByTimeAsync(60_000)
    end(undefined)
    expect(await outcome).toEqual({ code: exit.genericError, abandoned: true })
    expect(reasons).toEqual(['stop timed out: not finished after 60 s'])
  })

  test.each([
    exit.genericError,
    exit.success,
  ])('that has reported %i just before the time is up has ended with it, and has written its reason', async code => {
    const { outcome, reasons, report } = supervised()
    await vi.advanceTimersByTimeAsync(59_900)
    report({ exit: code })
    await vi.advanceTimersByTimeAsync(200)
    expect(await outcome).toEqual({ code, abandoned: true })
    expect(reasons).toEqual([])
  })

  test('that is killed after it has reported its code has ended with it', async () => {
    const { outcome, reasons, report, end } = supervised()
    report({ exit: exit.success })
    end(undefined)
    expect(await outcome).toEqual({ code: exit.success, abandoned: false })
    expect(reasons).toEqual([])
  })

  test('does not get more time when it is started late', async () => {
    const { reasons } = supervised(monotonicMilliseconds() - 50_000)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(reasons).toEqual(['stop timed out: not finished after 60 s'])
  })
})

describe('an action that may hang in the kernel', () => {
  const plain = agentWith({})
  const deep = agentWith({ deepMonitor: { levels: [10], check: async () => ({}) } })

  test.each(['start', 'stop', 'promote', 'demote'])('%s runs in a child', action => {
    expect(isSupervised(plain, action, {})).toBe(true)
  })

  test.each([
    'monitor',
    'notify',
    'validate-all',
    'meta-data',
    'usage',
    'frobnicate',
    undefined,
  ])('%s does not run in a child', action => {
    expect(isSupervised(plain, action, { OCF_CHECK_LEVEL: '10' })).toBe(false)
  })

  test.each([
    [deep, undefined, false],
    [deep, '0', false],
    [deep, '10', true],
  ])('a monitor runs in a child only at a level with a deep check (%#)', (agent, level, expected) => {
    expect(isSupervised(agent, 'monitor', { OCF_CHECK_LEVEL: level })).toBe(expected)
  })
})
