import { expect, test } from 'vitest'
import { retry } from '../../../ocf/retry.ts'
import { fakeSystem } from '../../fake/system.ts'

/** A context that collects what is logged and reported. */
function context() {
  const system = fakeSystem()
  const logged: string[] = []
  const steps: string[] = []
  const log = { debug: () => {}, info: (line: string) => logged.push(line), warn: () => {} }
  const deadline = { signal: new AbortController().signal, remainingSeconds: () => 60 }
  return { system, log, deadline, step: (doing: string) => steps.push(doing), logged, steps }
}

const options = { step: (reason: string) => `removing it: ${reason}`, pauseMilliseconds: 1000 }

test('an attempt that succeeds at once is neither logged nor reported', async () => {
  const { logged, steps, ...given } = context()
  await retry(given, options, async () => undefined)
  expect({ logged, steps }).toEqual({ logged: [], steps: [] })
})

test('a reason is reported after each attempt, and logged when it changes', async () => {
  const { logged, steps, ...given } = context()
  const reasons = ['busy', 'busy', 'locked', 'busy']
  await retry(given, options, async () => reasons.shift())
  expect(logged).toEqual(['busy', 'locked', 'busy'])
  expect(steps).toEqual(['busy', 'busy', 'locked', 'busy'].map(options.step))
})

test('each attempt receives the reason of the one before it', async () => {
  const received: string[] = []
  const reasons = ['busy', 'locked']
  await retry(context(), options, async previous => {
    received.push(previous)
    return reasons.shift()
  })
  expect(received).toEqual(['', 'busy', 'locked'])
})

test('a pause passes between two attempts', async () => {
  const given = context()
  const begun = given.system.now()
  const reasons = ['busy', 'busy']
  await retry(given, options, async () => reasons.shift())
  expect(given.system.now() - begun).toBe(2000)
})

test('the deadline ends it', async () => {
  const ended = new AbortController()
  const given = { ...context(), deadline: { signal: ended.signal, remainingSeconds: () => 0 } }
  let attempts = 0
  const repeating = retry(given, options, async () => {
    attempts += 1
    if (attempts === 3) ended.abort(new Error('the time is up'))
    return 'busy'
  })
  await expect(repeating).rejects.toThrow()
  expect(attempts).toBe(3)
})

test('an error of an attempt is not retried', async () => {
  const repeating = retry(context(), options, async () => {
    throw new Error('the data are old')
  })
  await expect(repeating).rejects.toThrow('the data are old')
})
