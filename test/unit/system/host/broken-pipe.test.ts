import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { ignoreBrokenPipe } from '../../../../system/host/broken-pipe.ts'

/** Like standard output, it stays open whatever becomes of a write. */
async function failuresOf(code: string): Promise<string[]> {
  const stream = new Writable({
    autoDestroy: false,
    write: (_chunk, _encoding, done) => done(Object.assign(new Error(`write ${code}`), { code })),
  })
  const failures: string[] = []
  ignoreBrokenPipe(stream, ({ message }) => failures.push(message))
  await new Promise(resolve => stream.write('one', resolve))
  return failures
}

test.each(['EPIPE', 'EIO', 'ENXIO', 'ECONNRESET'])('a closed reader (%s) is not a failure', async code => {
  expect(await failuresOf(code)).toEqual([])
})

test('a full disk is a failure', async () => {
  expect(await failuresOf('ENOSPC')).toEqual(['write ENOSPC'])
})
