import { afterEach, beforeEach, vi } from 'vitest'

/* Every test runs on fake timers: the deadline of an action and the fake node share one clock, and no test waits. */
beforeEach(() => {
  vi.useFakeTimers({
    now: Date.UTC(2026, 0, 1),
    toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance', 'hrtime'],
  })
})

afterEach(() => {
  vi.useRealTimers()
})
