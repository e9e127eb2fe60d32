import { expect, test, vi } from 'vitest'
import { reportProgress } from '../../../ocf/progress.ts'

test('the text is reported at once, and again when it has changed', async () => {
  const told: string[] = []
  let disk = 'running'
  const work = new Promise<string>(resolve => setTimeout(() => resolve('done'), 5000))
  const waiting = reportProgress(
    step => told.push(step),
    () => `reading; the disk is ${disk}`,
    work,
  )
  await vi.advanceTimersByTimeAsync(2500)
  disk = 'blocked'
  await vi.advanceTimersByTimeAsync(2500)
  expect(await waiting).toBe('done')
  expect(told).toEqual(['reading; the disk is running', 'reading; the disk is blocked'])
  expect(vi.getTimerCount()).toBe(0)
})

test('failed work also ends the reports', async () => {
  const failure = new Error('no')
  const failing = reportProgress(
    () => {},
    () => 'reading',
    Promise.reject(failure),
  )
  await expect(failing).rejects.toBe(failure)
  expect(vi.getTimerCount()).toBe(0)
})

test('a text that cannot be produced does not end the work', async () => {
  const told: string[] = []
  let isReadable = false
  const work = new Promise<string>(resolve => setTimeout(() => resolve('done'), 3000))
  const waiting = reportProgress(
    step => told.push(step),
    () => {
      if (!isReadable) throw new Error('EINVAL: invalid argument, read')
      return 'reading'
    },
    work,
  )
  await vi.advanceTimersByTimeAsync(1500)
  isReadable = true
  await vi.advanceTimersByTimeAsync(1500)
  expect(await waiting).toBe('done')
  expect(told).toEqual(['reading'])
})
