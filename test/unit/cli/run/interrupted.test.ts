import { expect, test } from 'vitest'
import { fakeCluster, isReading, node } from '../../../fake/cluster/cluster.ts'
import { c0 } from '../../cloud/examples.ts'
import { contentOf, given } from '../call.ts'

/** A cluster where vgs does not end on a node, whose operator presses Ctrl-C then. */
function hanging() {
  const cluster = fakeCluster([c0])
  const controller = new AbortController()
  node(cluster, 'node2').system.tools.set('vgs', () => {
    queueMicrotask(() => controller.abort(new Error('interrupted (SIGINT)')))
    return new Promise<number>(() => undefined)
  })
  return { cluster, terminal: { interruption: controller.signal } }
}

test.each([
  'cluster -M',
  'storage -i ALL',
  'node -i ALL',
  'storage -c c1 -s 1G --dry-run',
])('Ctrl-C ends "vhacs %s", which only reads, at once (failed, 1)', async line => {
  const { cluster, terminal } = hanging()
  await given(cluster).run(line, terminal).fails('vhacs: interrupted (SIGINT)')
})

test('while a creation only reads, Ctrl-C ends it at once; it releases the lock, and has changed nothing', async () => {
  const { cluster, terminal } = hanging()
  const before = contentOf(cluster)
  await given(cluster).run('storage -c c1 -s 1G', terminal).fails('vhacs: interrupted (SIGINT)')
  expect(contentOf(cluster)).toEqual(before)
  expect(cluster.ran.filter(command => !isReading(command) && command.words[0] !== 'cibadmin')).toEqual([])
})
