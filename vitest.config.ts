import { defineConfig } from 'vitest/config'
import { SlowestFirst } from './test/unit/slowest-first.ts'

export default defineConfig({
  test: {
    include: ['test/unit/**/*.test.ts', 'test/contract/**/*.test.ts'],
    setupFiles: ['test/fake/timers.ts'],
    // by default one processor is left idle, which on two is half of them
    maxWorkers: '100%',
    sequence: { sequencer: SlowestFirst },
    // for a test that hangs: how long one takes says nothing on a busy machine
    testTimeout: 180_000,
    hookTimeout: 180_000,
    coverage: {
      include: ['{agents,alert,cli,cloud,fencing,handlers,ocf,system}/**/*.ts'],
      reporter: ['text-summary', 'html'],
      reportsDirectory: 'dist/coverage',
    },
  },
})
