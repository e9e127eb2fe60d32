import { expect, test } from 'vitest'
import { hostSystem } from '../../../system/host.ts'

const sleep = { name: 'sleep', package: 'coreutils' }

test('a tool may be given any fraction of a second', async () => {
  expect(await hostSystem().run(sleep, ['0'], { timeoutSeconds: 9.3043017175 })).toMatchObject({
    status: 0,
    stderr: '',
  })
})

test('a tool that does not end in its time is ended, and says so', async () => {
  const finished = await hostSystem().run(sleep, ['60'], { timeoutSeconds: 0.0503 })
  expect(finished).toMatchObject({ status: undefined, stderr: 'no answer within 0.0503 s' })
})
