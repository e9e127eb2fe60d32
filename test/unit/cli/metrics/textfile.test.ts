import { expect, test } from 'vitest'
import { metricsNode } from '../../../fake/nodes/metrics-node.ts'
import { file } from '../../../fake/tree.ts'
import { c0 } from '../../cloud/examples.ts'
import { runWords } from '../call.ts'
import { parseExposition } from './exposition-parser.ts'

const DIRECTORY = '/var/lib/prometheus/node-exporter'
const PATH = `${DIRECTORY}/vhacs.prom`

function withDirectory() {
  const { system } = metricsNode([c0])
  system.put(`${DIRECTORY}/apt.prom`, '')
  return system
}

test('a text file is replaced as a whole, readable for all', async () => {
  const system = withDirectory()
  system.put(PATH, { ...file('old\n'), permissions: 0o600 })
  expect(await runWords(system, ['metrics', '--textfile', PATH])).toEqual({ status: 0, stdout: [], stderr: [] })
  const text = system.read(PATH)
  expect(text.endsWith('\n')).toBe(true)
  expect(parseExposition(text.trimEnd().split('\n')).length).toBeGreaterThan(30)
  expect(system.stat(PATH).permissions).toBe(0o644)
  const [written, renamed, ...more] = system.changes
  expect(written?.split(' ').slice(0, 2)).toEqual(['write', `${DIRECTORY}/.vhacs.prom.new`])
  expect([renamed, ...more]).toEqual([`rename ${DIRECTORY}/.vhacs.prom.new ${PATH}`])
})

test('without the CIB, what is known is written, and the command fails', async () => {
  const system = withDirectory()
  system.take('/var/lib/pacemaker')
  const { status } = await runWords(system, ['metrics', '--textfile', PATH])
  expect(status).toBe(1)
  expect(system.read(PATH)).toContain('vhacs_scrape_success{part="cib"} 0\n')
})

test.each([
  ['a relative path', 'vhacs.prom'],
  ['a name that node_exporter does not read', `${DIRECTORY}/vhacs.txt`],
  ['a name that is only the ending', `${DIRECTORY}/.prom`],
  ['a directory that does not exist', '/nowhere/vhacs.prom'],
  ['a directory that is a file', `${DIRECTORY}/apt.prom/vhacs.prom`],
])('%s is refused', async (_, path) => {
  const system = withDirectory()
  expect((await runWords(system, ['metrics', '--textfile', path])).status).toBe(2)
  expect(system.changes).toEqual([])
})

test.each([
  ['of another user', { owner: 113 }],
  ['to which others may write', { permissions: 0o1777 }],
])('a directory %s is refused: a link could lie in place of the file', async (_, more) => {
  const system = withDirectory()
  const stat = (path: string) => ({ ...system.stat(path), ...(path === DIRECTORY && more) })
  const { status, stderr } = await runWords({ ...system, stat }, ['metrics', '--textfile', PATH])
  expect({ status, stderr }).toEqual({ status: 2, stderr: [expect.stringContaining('must belong to root')] })
  expect(system.changes).toEqual([])
})
