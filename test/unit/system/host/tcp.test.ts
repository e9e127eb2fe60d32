import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { tryConnect } from '../../../../system/host/network/tcp.ts'

test('a listening port accepts, and a closed one refuses', async () => {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const at = server.address()
  if (at === null || typeof at === 'string') throw new Error('no port')
  const { port } = at
  await expect(tryConnect({ address: '127.0.0.1', port }, 1000)).resolves.toBe('accepted')
  await new Promise(resolve => server.close(resolve))
  await expect(tryConnect({ address: '127.0.0.1', port }, 1000)).resolves.toBe('refused')
})

test('an address that this node has no way to does not answer', async () => {
  await expect(tryConnect({ address: 'fe80::1', port: 3260 }, 50)).resolves.toBe('none')
})
