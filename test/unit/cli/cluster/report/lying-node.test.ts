import { describe, expect, test } from 'vitest'
import { STATE_BYTES } from '../../../../../cli/cluster/report/collect-script.ts'
import { parseCollected } from '../../../../../cli/cluster/report/collected.ts'
import { LOG_BYTES } from '../../../../../cli/cluster/report/commands.ts'
import { safePath } from '../../../../../cli/cluster/report/safe-path.ts'
import { fakeCluster } from '../../../../fake/cluster/cluster.ts'
import { c0 } from '../../../cloud/examples.ts'
import { given } from '../../call.ts'
import { unpacked } from './unpacked.ts'

/* What a node sends may be anything; the report of the others is whole, and unpacks where it is meant to. */

/** As COLLECT prints it. */
const frame = (path: string, text: string, kind = 'state') =>
  `file ${kind} ${path}\n${text.replace(/^/gm, ' ')}\n \n exit 0\n`

const pathsIn = (text: string) => parseCollected(text).files.map(({ path }) => path)

test.each([
  ['../../etc/cron.d/x', '__/__/etc/cron.d/x'],
  ['/etc/passwd', 'etc/passwd'],
  ['a/../../../b', 'a/__/__/__/b'],
  ['./a//b/.', 'a/b'],
  ['...', '___'],
  ['C:\\windows\\x', 'C:_windows_x'],
  ['a\tb\u001b[31m\u0000c', 'a_b__31m_c'],
  ['-rf', '-rf'],
  ['\u202ex', '_x'],
])('the path %j becomes %j', (sent, path) => {
  expect(safePath(sent)).toBe(path)
})

test.each(['', '/', '././', '//'])('%j is no path', sent => {
  expect(safePath(sent)).toBeUndefined()
  expect(pathsIn(frame(sent, 'x'))).toEqual([])
})

test('a path has a bounded length, and depth', () => {
  const path = safePath('x'.repeat(10_000)) ?? ''
  expect(path.length).toBeLessThanOrEqual(200)
  expect(safePath('a/'.repeat(10_000))?.split('/').length).toBeLessThanOrEqual(12)
})

test('a file that is also the directory of another is there once', () => {
  expect(pathsIn(frame('a', '1') + frame('a/b', '2') + frame('a', '3') + frame('c/d', '4') + frame('c', '5'))).toEqual([
    'a',
    'c/d',
  ])
})

test('content cannot begin another file', () => {
  const { files } = parseCollected(frame('a', 'x\nfile state b\nend\n exit 0'))
  expect(files).toEqual([{ path: 'a', isLog: false, text: 'x\nfile state b\nend\n exit 0\n' }])
})

describe('what is incomplete is named, without the line that was cut', () => {
  test.each([
    ['a state', `file state a\n one\n two\n pas`, 'one\ntwo\n', /^a: cut: it did not end in time/],
    ['a state that timed out', 'file state a\n one\n \n exit 124\n', 'one\n', /^a: incomplete: timed out$/],
    ['a failed command', 'file state a\n one\n \n exit 5\n', 'one\n', /^a: exited with 5$/],
  ])('%s', (_, text, content, remark) => {
    const { files, remarks } = parseCollected(text)
    expect(files[0]?.text).toBe(content)
    expect(remarks[0]).toMatch(remark)
  })

  test('the beginning of a long state', () => {
    const { files, remarks } = parseCollected(`file state a\n ${'x'.repeat(STATE_BYTES - 50)}\n passw`)
    expect(files[0]?.text).toBe(`${'x'.repeat(STATE_BYTES - 50)}\n`)
    expect(remarks[0]).toBe(`a: cut: only the first ${STATE_BYTES} bytes`)
  })

  test('the end of a long log', () => {
    const { files, remarks } = parseCollected(frame('a', `word=x\n${'y'.repeat(LOG_BYTES)}`, 'log'))
    expect(files[0]?.text).toBe(`${'y'.repeat(LOG_BYTES)}\n`)
    expect(remarks[0]).toBe(`a: cut: only the last ${LOG_BYTES} bytes`)
  })
})

test.each([
  ['nothing', ''],
  ['garbage', '\u0000\ufffd== == {}[]\n'.repeat(10_000)],
  ['one long line', 'x'.repeat(5_000_000)],
  ['content without a file', ' x\n'.repeat(100_000)],
  ['many files', Array.from({ length: 20_000 }, (_, index) => frame(`f${index}`, 'x')).join('')],
  ['a path of another node', frame('../node1/etc/hosts', 'lie') + frame('../../index.txt', 'lie')],
  ['a link', 'link state a /etc/shadow\nfile link a /etc/shadow\n x\n'],
])('%s from a node leaves the files of the others as they are', { timeout: 60_000 }, async (_, lie) => {
  const cluster = fakeCluster([c0])
  for (const { name, system } of cluster.nodes)
    system.tools.set('sh', () => ({ status: 0, stdout: name === 'node2' ? lie : frame('etc/hosts', name) }))
  cluster.system.put('/root/.keep', '')
  cluster.system.tools.set('vhacs', () => 0)
  await given(cluster).run('cluster --report /root/x.tar.zst').succeeds()
  const files = await unpacked(cluster.system, '/root/x.tar.zst')
  expect(files.get('nodes/node1/etc/hosts')).toBe('node1\n')
  expect(files.get('nodes/node3/etc/hosts')).toBe('node3\n')
  const known = /^(index|check|history|storages|info|vservers)\.txt$|^nodes\/node[13]\/etc\/hosts$|^nodes\/node2\//
  expect([...files.keys()].filter(path => !known.test(path) || path.split('/').includes('..'))).toEqual([])
  expect(files.size).toBeLessThan(2100)
})

test('a node that prints more than it may has sent nothing', async () => {
  const cluster = fakeCluster([c0])
  for (const { name, system } of cluster.nodes)
    system.tools.set('sh', () =>
      name === 'node2'
        ? { status: undefined, stderr: 'its output exceeds 17 MiB' }
        : { status: 0, stdout: frame('a', name) },
    )
  cluster.system.put('/root/.keep', '')
  const { stdout } = await given(cluster).run('cluster --report /root/x.tar.zst').succeeds()
  expect(stdout).toContainEqual(expect.stringMatching(/^node2 is missing: .*its output exceeds 17 MiB$/))
})
