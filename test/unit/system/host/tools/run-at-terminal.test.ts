import { expect, test } from 'vitest'
import { runAtTerminal } from '../../../../../system/host/tools/run-at-terminal.ts'
import { ToolMissing } from '../../../../../system/system.ts'

const sh = { name: 'sh', package: 'dash' }

test.each([
  ['exit 7', 7],
  ['kill -KILL $$', 137],
])('"%s" has the exit status of a shell', async (command, status) => {
  expect(await runAtTerminal(sh, ['-c', command], {})).toBe(status)
})

test('a tool is in the group of this process, so that it may read the keys', async () => {
  const group = 'ps -o pgid= -p'
  expect(await runAtTerminal(sh, ['-c', `test $(${group} $$) = $(${group} ${process.pid})`], {})).toBe(0)
})

test('a tool is asked to end by the signal, and waited for', async () => {
  const controller = new AbortController()
  const ending = runAtTerminal(sh, ['-c', 'trap "exit 3" TERM; kill -USR2 $PPID; while :; do sleep 0.05; done'], {
    signal: controller.signal,
  })
  process.once('SIGUSR2', () => controller.abort(new Error('interrupted')))
  expect(await ending).toBe(3)
})

test('a tool that is missing is named, and none is begun after the signal', async () => {
  await expect(runAtTerminal({ name: 'no-such-tool', package: 'none' }, [], {})).rejects.toThrow(ToolMissing)
  await expect(
    runAtTerminal(sh, ['-c', 'true'], { signal: AbortSignal.abort(new Error('interrupted')) }),
  ).rejects.toThrow('interrupted')
})
