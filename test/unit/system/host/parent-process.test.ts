import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import {
  isOrphan,
  PARENT_VARIABLE,
  processStartMilliseconds,
  supervisingParent,
} from '../../../../system/host/parent-process.ts'

const module = join(import.meta.dirname, '../../../../system/host/parent-process.ts')

/** A child of this process that waits for `seconds`, and exits with 7 when its parent has ended. */
function startChild(seconds: number) {
  const program = `
    const { supervisingParent } = await import(${JSON.stringify(module)})
    const parent = supervisingParent(process.env)
    parent.onGone(() => process.exit(7))
    parent.report({ step: 'waiting' })
    ${seconds > 0 ? `setTimeout(() => {}, ${seconds * 1000})` : ''}`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    env: { ...process.env, [PARENT_VARIABLE]: `${process.pid} ${processStartMilliseconds()}` },
    stdio: ['pipe', 'ignore', 'inherit', 'pipe'],
  })
  const ended = new Promise(resolve => child.on('close', resolve))
  const said = new Promise(resolve => child.stdio[3]?.on('data', bytes => resolve(String(bytes))))
  return { child, ended, said }
}

test('a child ends when its parent has ended', async () => {
  const { child, ended, said } = startChild(60)
  expect(await said).toBe('{"step":"waiting"}\n')
  child.stdin?.end()
  expect(await ended).toBe(7)
})

test('a child has the start time of its parent, which is before its own', () => {
  const begun = processStartMilliseconds() - 5000
  const parent = supervisingParent({ [PARENT_VARIABLE]: `${process.ppid} ${begun}` })
  expect(parent?.begun).toBe(begun)
})

test('a process that is stopped while it reads the clocks does not misjudge its start', () => {
  const start = processStartMilliseconds()
  const clock = vi.spyOn(process, 'uptime')
  for (const reading of [0, 1, -1, 0]) clock.mockImplementationOnce(() => reading)
  expect(processStartMilliseconds()).toBeCloseTo(start, -2)
  clock.mockRestore()
})

test('listening for the parent does not keep a finished child running', async () => {
  expect(await startChild(0).ended).toBe(0)
})

test('only a child whose parent has ended is an orphan', () => {
  expect(isOrphan({ [PARENT_VARIABLE]: `${process.pid} ${processStartMilliseconds()}` })).toBe(true)
  for (const value of [undefined, '1', `${process.ppid} ${processStartMilliseconds()}`])
    expect(isOrphan({ [PARENT_VARIABLE]: value })).toBe(false)
})

test('a process that another program started has no such parent', () => {
  expect(supervisingParent({})).toBeUndefined()
  expect(supervisingParent({ [PARENT_VARIABLE]: `${process.pid} 1` })).toBeUndefined()
  expect(supervisingParent({ [PARENT_VARIABLE]: String(process.ppid) })).toBeUndefined()
})
