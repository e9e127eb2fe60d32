import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import { beforeEach, expect, test, vi } from 'vitest'
import { hostSystem } from '../../../../system/host/host.ts'
import { ToolFailed } from '../../../../system/system.ts'

// the tools of this machine keep its time
beforeEach(() => {
  vi.useRealTimers()
})

const sleep = { name: 'sleep', package: 'coreutils' }

test('a tool may be given any fraction of a second', async () => {
  expect(await hostSystem().run(sleep, ['0'], { timeoutSeconds: 9.3043017175 })).toMatchObject({
    status: 0,
    stderr: '',
  })
})

test('a tool that exceeds its timeout is killed, and its output reports that', async () => {
  const finished = await hostSystem().run(sleep, ['60'], { timeoutSeconds: 0.0503 })
  expect(finished).toMatchObject({ status: undefined, stderr: 'timed out after 0.0503 s' })
})

test('a tool runs in the root directory, not in one that may be removed or unmounted meanwhile', async () => {
  expect(await hostSystem().run({ name: 'pwd', package: 'coreutils' }, [])).toMatchObject({ stdout: '/\n' })
})

test('a tool that writes without end is killed, and its output reports that', async () => {
  const finished = await hostSystem().run({ name: 'yes', package: 'coreutils' }, [], { maxBytes: 2 ** 20 })
  expect(finished).toMatchObject({
    status: undefined,
    stdout: '',
    stderr: 'its output exceeds 1 MiB',
  })
})

const sh = { name: 'sh', package: 'dash' }
/** Looks to its parent like a process that hangs in the kernel: its output stays open after SIGKILL. */
const UNENDING = ['-c', 'setsid sleep 40 & wait']

test('a tool that cannot be killed is abandoned, and its output reports that', async () => {
  const begun = performance.now()
  const finished = await hostSystem({ toolsInOwnGroup: true }).run(sh, UNENDING, { timeoutSeconds: 0.05 })
  expect(finished).toMatchObject({ status: undefined, stderr: 'timed out after 0.05 s, and it cannot be killed' })
  expect(performance.now() - begun).toBeLessThan(20_000)
})

test('nor is it after the signal', async () => {
  const controller = new AbortController()
  const begun = performance.now()
  const running = hostSystem().run(sh, UNENDING, { signal: controller.signal })
  setTimeout(() => controller.abort(new Error('interrupted')), 50)
  await expect(running).rejects.toThrow('interrupted')
  expect(performance.now() - begun).toBeLessThan(20_000)
})

test('and does not prevent this process from exiting', async () => {
  const host = new URL('../../../../system/host/host.ts', import.meta.url).href
  const program = `
    const { hostSystem } = await import(${JSON.stringify(host)})
    await hostSystem().run(${JSON.stringify(sh)}, ${JSON.stringify(UNENDING)}, { timeoutSeconds: 0.05, input: 'x' })`
  const begun = performance.now()
  await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program])
  expect(performance.now() - begun).toBeLessThan(20_000)
})

test('with a tool in its own process group, its children are also killed', async () => {
  const options = { timeoutSeconds: 0.5 }
  const { stdout } = await hostSystem({ toolsInOwnGroup: true }).run(sh, ['-c', 'sleep 60 & echo $!; wait'], options)
  await vi.waitFor(() => expect(existsSync(`/proc/${stdout.trim()}/cwd/.`)).toBe(false))
})

test('a tool is not begun after the signal', async () => {
  await expect(hostSystem().run(sleep, ['60'], { signal: AbortSignal.abort(new Error('over')) })).rejects.toThrow(
    'over',
  )
})

test('a file that cannot be read or written is named', async () => {
  const system = hostSystem()
  await expect(system.write('/proc/self/oom_score_adj', 'much')).rejects.toThrow("write '/proc/self/oom_score_adj'")
  expect(() => system.read('/proc/self/mem')).toThrow("read '/proc/self/mem'")
})

test.each([
  'EAGAIN',
  'ENOMEM',
  'EMFILE',
  'ENFILE',
])('a tool that cannot be started for lack of processes (%s) has that as its result', async code => {
  const cause = Object.assign(new Error(`spawn sleep ${code}`), { code })
  vi.doMock('execa', () => ({ execa: () => Promise.resolve({ cause, isTerminated: false }) }))
  const finished = await hostSystem().run(sleep, ['0'])
  expect(finished).toMatchObject({ status: undefined, stderr: `spawn sleep ${code}` })
  expect(new ToolFailed(finished).message).toBe(`sleep 0 could not be started: spawn sleep ${code}`)
  vi.doUnmock('execa')
})

test('a file is read completely, or up to its time limit, in whole lines', () => {
  const { read, readFor } = hostSystem()
  const path = '/proc/self/maps'
  const lines = (text: string) => text.split('\n').length
  const whole = readFor(path, 60_000)
  expect(whole.isWhole).toBe(true)
  expect(lines(whole.text)).toBe(lines(read(path)))
  const part = readFor(path, -1)
  expect(part.isWhole).toBe(false)
  expect(part.text.endsWith('\n')).toBe(true)
  expect(lines(part.text)).toBeLessThan(lines(whole.text))
})

test('a missing file is an error of the operating system, however long it may be read', () => {
  expect(() => hostSystem().readFor('/nowhere', 1000)).toThrow(expect.objectContaining({ code: 'ENOENT' }))
})

test('whatever the mask of the caller, others may write to nothing that is made', async () => {
  const { makeScratchDirectory, makeDirectory, write, stat, remove, removeDirectory } = hostSystem()
  const mask = process.umask(0)
  const directory = await makeScratchDirectory('/tmp/vhacs-mask-')
  try {
    await makeDirectory(`${directory}/a/b`, { parents: true })
    await write(`${directory}/note`, 'x')
    expect([`${directory}/a`, `${directory}/a/b`, `${directory}/note`].map(path => stat(path).permissions)).toEqual([
      0o755, 0o755, 0o644,
    ])
  } finally {
    process.umask(mask)
    await remove(`${directory}/note`)
    for (const path of [`${directory}/a/b`, `${directory}/a`, directory]) await removeDirectory(path)
  }
})
