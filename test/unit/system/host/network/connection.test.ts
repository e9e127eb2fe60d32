import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { connection } from '../../../../../system/host/network/connection.ts'

/* On real sockets, of which the process has one as input and output. */

const open: { destroy(): void }[] = []
afterEach(() => {
  for (const one of open.splice(0)) one.destroy()
})

/** Both ends of a connection; what the client has received in `received`. */
async function pair() {
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  const [accepted] = (await once(server, 'connection')) as [Socket]
  server.close()
  open.push(client, accepted)
  let received = ''
  client.on('data', chunk => {
    received += chunk.toString()
  })
  client.on('error', () => undefined)
  return { client, served: connection(accepted, accepted), received: () => received }
}

const LIMITS = { maxBytes: 100, milliseconds: 10_000 }

test('a text arrives up to its end, however it is cut', async () => {
  const { client, served } = await pair()
  for (const part of ['GET ', '/\r', '\n\r', '\nrest']) {
    client.write(part)
    await new Promise(resolve => setImmediate(resolve))
  }
  expect(await served.receive('\r\n\r\n', LIMITS)).toEqual({ text: 'GET /\r\n\r\n', is: 'whole' })
})

test('a text that is too large is not read to its end', async () => {
  const { client, served } = await pair()
  client.write('x'.repeat(500))
  const { is, text } = await served.receive('\r\n\r\n', LIMITS)
  expect({ is, isLong: text.length > 100 }).toEqual({ is: 'too large', isLong: true })
})

test('a text whose end comes too late is too large', async () => {
  const { client, served } = await pair()
  client.write(`${'x'.repeat(150)}\r\n\r\n`)
  expect((await served.receive('\r\n\r\n', LIMITS)).is).toBe('too large')
})

test('a client that sends too slowly, and one that closes its side', async () => {
  const slow = await pair()
  slow.client.write('GET')
  expect(await slow.served.receive('\r\n\r\n', { ...LIMITS, milliseconds: 100 })).toEqual({
    text: 'GET',
    is: 'too slow',
  })
  const closing = await pair()
  closing.client.end('GET')
  expect(await closing.served.receive('\r\n\r\n', LIMITS)).toEqual({ text: 'GET', is: 'closed' })
})

test('a client that is gone is no error', async () => {
  const { client, served } = await pair()
  client.resetAndDestroy()
  expect((await served.receive('\r\n\r\n', LIMITS)).is).toBe('closed')
  await served.send(Buffer.from('answer'), 1000)
})

test('an answer arrives although the client has sent more than was read', async () => {
  const { client, served, received } = await pair()
  client.write('x'.repeat(200_000))
  await served.receive('\r\n\r\n', LIMITS)
  const closed = once(client, 'close')
  client.on('end', () => client.end())
  await served.send(Buffer.from('answer'), 10_000)
  await closed
  expect(received()).toBe('answer')
})

test('a client that does not read is given up', async () => {
  const { client, served } = await pair()
  client.pause()
  client.removeAllListeners('data')
  await served.send(Buffer.alloc(50_000_000), 100)
  expect(await served.receive('x', LIMITS)).toEqual({ text: '', is: 'closed' })
})
