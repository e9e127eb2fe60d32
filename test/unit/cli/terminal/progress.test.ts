import { afterEach, expect, test, vi } from 'vitest'
import { StepFailed } from '../../../../cli/run/steps.ts'
import { showProgress } from '../../../../cli/terminal/progress.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

test('one job that fails does not affect the others, and is shown as failed with the reason', async () => {
  const written: string[] = []
  const take = (chunk: string | Uint8Array) => {
    written.push(String(chunk))
    return true
  }
  vi.spyOn(process.stdout, 'write').mockImplementation(take)
  vi.spyOn(process.stderr, 'write').mockImplementation(take)
  vi.useRealTimers()
  const done: string[] = []
  const job = (name: string, error?: Error) => ({
    name,
    outcome: 'is mounted',
    run: async (print: (line: string) => void) => {
      print('  creating the volume')
      if (error) throw error
      done.push(name)
    },
  })
  await showProgress([job('c1', new StepFailed('creating the volume', new Error('no space left'), [])), job('c2')], 2)
  vi.restoreAllMocks()
  expect(done).toEqual(['c2'])
  expect(written.join('')).toContain('c2: creating the volume')
  expect(written.join('')).toContain('c1: FAILED: creating the volume')
})
