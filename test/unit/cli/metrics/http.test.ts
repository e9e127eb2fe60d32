import { describe, expect, test } from 'vitest'
import { parseRequest } from '../../../../cli/metrics/http/request.ts'
import type { Connection } from '../../../../cli/terminal/terminal.ts'
import { metricsNode } from '../../../fake/nodes/metrics-node.ts'
import { c0 } from '../../cloud/examples.ts'
import { runWords } from '../call.ts'
import { parseExposition } from './exposition-parser.ts'

type Received = Awaited<ReturnType<Connection['receive']>>

/** What `vhacs metrics --http` answers to a client, as a whole. */
async function answerTo(received: Received): Promise<{ answer: string; commands: number }> {
  const { system } = metricsNode([c0])
  let answer = ''
  const client: Connection = {
    receive: async () => received,
    send: async bytes => {
      answer += Buffer.from(bytes).toString()
    },
  }
  const result = await runWords(system, ['metrics', '--http'], { openConnection: () => client })
  expect(result).toEqual({ status: 0, stdout: [], stderr: [] })
  return { answer, commands: system.commands.length }
}

const whole = (text: string): Received => ({ text: `${text}\r\n\r\n`, is: 'whole' })

describe('vhacs metrics --http', () => {
  test('answers a scrape of Prometheus', async () => {
    const { answer, commands } = await answerTo(
      whole(
        'GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:17800\r\nUser-Agent: Prometheus/2.42.0\r\nAccept: application/openmetrics-text;version=1.0.0;q=0.75,*/*;q=0.1\r\nAccept-Encoding: gzip\r\nX-Prometheus-Scrape-Timeout-Seconds: 10',
      ),
    )
    const [head = '', body = ''] = answer.split('\r\n\r\n')
    const [line, ...fields] = head.split('\r\n')
    expect(line).toBe('HTTP/1.1 200 OK')
    expect(fields).toContain('Content-Type: text/plain; version=0.0.4; charset=utf-8')
    expect(fields).toContain(`Content-Length: ${Buffer.byteLength(body)}`)
    expect(fields).toContain('Connection: close')
    expect(body.endsWith('\n')).toBe(true)
    expect(parseExposition(body.trimEnd().split('\n')).length).toBeGreaterThan(30)
    expect(commands).toBe(1)
  })

  test('answers HEAD with the same head, and no body', async () => {
    const { answer } = await answerTo(whole('HEAD /metrics HTTP/1.1\r\nHost: x'))
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n(?:.+\r\n)*Content-Length: [1-9]\d*\r\n(?:.+\r\n)*\r\n$/)
  })

  test('has a page that leads to the metrics', async () => {
    const { answer, commands } = await answerTo(whole('GET / HTTP/1.1\r\nHost: x'))
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*<a href="\/metrics">/)
    expect(commands).toBe(0)
  })

  test.each<[string, Received, string]>([
    ['another path', whole('GET /etc/passwd HTTP/1.1\r\nHost: x'), '404 Not Found'],
    ['another method', whole('POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 5'), '405 Method Not Allowed'],
    ['another version', whole('GET /metrics HTTP/2.0\r\nHost: x'), '505 HTTP Version Not Supported'],
    ['no host', whole('GET /metrics HTTP/1.1'), '400 Bad Request'],
    ['garbage', whole('\u0016\u0003\u0001\u0002\0'), '400 Bad Request'],
    ['half a request', { text: 'GET /metr', is: 'closed' }, '400 Bad Request'],
    ['a huge request', { text: 'GET /'.padEnd(20_000, 'x'), is: 'too large' }, '431 Request Header Fields Too Large'],
    ['a slow request', { text: 'G', is: 'too slow' }, '408 Request Timeout'],
    ['nothing for a long time', { text: '', is: 'too slow' }, '408 Request Timeout'],
  ])('refuses %s, without reading the node', async (_, received, status) => {
    const { answer, commands } = await answerTo(received)
    expect(answer.startsWith(`HTTP/1.1 ${status}\r\n`)).toBe(true)
    expect(answer.endsWith(`\r\n\r\n${status}\n`)).toBe(true)
    expect(commands).toBe(0)
  })

  test('does not answer a client that says nothing', async () => {
    expect(await answerTo({ text: '', is: 'closed' })).toEqual({ answer: '', commands: 0 })
  })

  test('fails without a connection, and together with --textfile', async () => {
    const { system } = metricsNode([c0])
    expect((await runWords(system, ['metrics', '--http'])).status).toBe(1)
    expect((await runWords(system, ['metrics', '--http', '--textfile', '/x/y.prom'])).status).toBe(2)
  })
})

test.each([
  ['GET /metrics?x=1 HTTP/1.1\r\nHost: x', { method: 'GET', path: '/metrics' }],
  ['GET http://node1:17800/metrics HTTP/1.1\r\nHost: x', { method: 'GET', path: '/metrics' }],
  ['GET http://node1 HTTP/1.1\r\nHost: x', { method: 'GET', path: '/' }],
  ['GET /metrics HTTP/1.0', { method: 'GET', path: '/metrics' }],
  ['\r\nGET / HTTP/1.1\nHost: x', { method: 'GET', path: '/' }],
  ['GET / HTTP/1.1\r\nHost: x\r\n folded: y', { refusal: 400, method: '' }],
  ['GET / HTTP/1.1\r\nHost: x\r\nno field', { refusal: 400, method: '' }],
  ['get / HTTP/1.1\r\nHost: x', { refusal: 405, method: 'get' }],
  ['', { refusal: 400, method: '' }],
])('the request %j', (head, expected) => {
  expect(parseRequest(`${head}\r\n\r\n`)).toMatchObject(
    'refusal' in expected ? { refusal: expected.refusal } : expected,
  )
})
