import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { hostSystem } from '../../../../../system/host/host.ts'

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/KEY`
}

const post = (url: string, signal = new AbortController().signal) => hostSystem().postJson(url, '{"a":1}', signal)

test('it sends JSON, and returns the status', async () => {
  let got = ''
  const url = await serve((request, response) => {
    got = `${request.method} ${request.url} ${request.headers['content-type']}: `
    request.on('data', data => {
      got += data
    })
    request.on('end', () => response.writeHead(202).end('x'.repeat(100_000)))
  })
  expect(await post(url)).toBe(202)
  expect(got).toBe('POST /KEY application/json: {"a":1}')
})

test('it follows no redirection', async () => {
  let calls = 0
  const url = await serve((_, response) => {
    calls += 1
    response.writeHead(307, { location: '/other' }).end()
  })
  expect(await post(url)).toBe(307)
  expect(calls).toBe(1)
})

test('a server that does not answer is given up at the signal', async () => {
  const { promise: asked, resolve } = Promise.withResolvers<void>()
  const url = await serve(() => resolve())
  const reason = new Error('too late')
  const controller = new AbortController()
  const answer = post(url, controller.signal)
  await asked
  controller.abort(reason)
  await expect(answer).rejects.toBe(reason)
})

test('the error has no URL', async () => {
  const url = await serve(() => undefined)
  for (const close of closing.splice(0)) close()
  await expect(post(url)).rejects.toThrow(/^ECONNREFUSED$/)
})
