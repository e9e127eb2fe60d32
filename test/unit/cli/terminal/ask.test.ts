import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { ask } from '../../../../cli/terminal/ask.ts'

/** The answer to a question when these keys are pressed. */
async function answered(keys: string): Promise<string> {
  const input = new PassThrough()
  const answer = ask('Really? ', input, new PassThrough(), new AbortController().signal)
  input.write(keys)
  return answer
}

test('the typed line, with its corrections, is the answer', async () => {
  expect(await answered('yet\u007fs\r')).toBe('yes')
})

test('Ctrl-C is an interruption (failed, 1)', async () => {
  await expect(answered('ye\u0003')).rejects.toThrow(new Error('interrupted (SIGINT)'))
})

test('the end of input is not an answer (usage, 2)', async () => {
  await expect(answered('\u0004')).rejects.toThrow(RangeError)
})

test('nor is a lost terminal', async () => {
  const input = new PassThrough()
  const answer = ask('Really? ', input, new PassThrough(), new AbortController().signal)
  input.emit('error', Object.assign(new Error('read EIO'), { code: 'EIO' }))
  await expect(answer).rejects.toThrow(RangeError)
})

test('another interruption also ends the question', async () => {
  const controller = new AbortController()
  const answer = ask('Really? ', new PassThrough(), new PassThrough(), controller.signal)
  controller.abort(new Error('interrupted (SIGHUP)'))
  await expect(answer).rejects.toThrow('interrupted (SIGHUP)')
})
