import { expect, test } from 'vitest'
import { fakeCluster, node } from '../../../fake/cluster/cluster.ts'
import { c0 } from '../../cloud/examples.ts'
import { run } from '../call.ts'

const clouds = [c0, { ...c0, name: 'c1', minor: 1, directory: '/clouds/c1' }]

test.each([
  'cluster -M',
  'cluster -c',
  'cluster --history',
  'node -i ALL',
  'storage -i ALL',
  'storage -u ALL',
  'storage -c c2 -s 1G -n node1,node2',
])('an unreachable node costs "vhacs %s" one timeout', async line => {
  const cluster = fakeCluster(clouds)
  const [, unreachable = ''] = c0.storageNodes
  node(cluster, unreachable).isUp = false
  await run(cluster.system, line)
  expect(cluster.system.commands.filter(words => words.includes(`root@${unreachable}`))).toHaveLength(1)
})
