import { expect, test } from 'vitest'
import { interruptionsOn, shortenedReasonsOn } from '../../../../system/nodes/files/resource-notes.ts'
import { interruptionLine } from '../../../../system/pacemaker/interruption-note.ts'
import { fakeCluster, node } from '../../../fake/cluster/cluster.ts'

test('the notes of a thousand resources are read by commands short enough for ssh', async () => {
  const cluster = fakeCluster()
  const resources = Array.from({ length: 1000 }, (_, index) => `a-storage-with-a-long-name-${index}-filesystem`)
  const [first, last] = [resources[0] ?? '', resources.at(-1) ?? '']
  for (const resource of [first, last]) {
    const note = interruptionLine({ resource, since: 1, seen: 2, reason: 'I/O waits' })
    node(cluster, 'node2').system.put(`/run/vhacs/interrupted-${resource}`, `${note}\n`)
  }
  const found = await interruptionsOn(cluster.system, 'node2', resources)
  expect(found.map(({ resource }) => resource)).toEqual([first, last])
  const longest = Math.max(...cluster.ran.map(({ words }) => words.join("' '").length))
  expect(longest).toBeLessThan(100_000)
})

test('without resources no node is queried', async () => {
  const cluster = fakeCluster()
  expect(await shortenedReasonsOn(cluster.system, 'node2', [])).toEqual([])
  expect(cluster.ran).toEqual([])
})
