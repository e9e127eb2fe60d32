import { describe, expect, test } from 'vitest'
import { fakeCluster, node } from '../../../fake/cluster/cluster.ts'
import { edited } from '../../cloud/cib.ts'
import { bare, c0 } from '../../cloud/examples.ts'
import { run } from '../call.ts'

/* A node was removed from the cluster for good (crm_node --remove), while a storage still names it. */

function clusterWithout(name: string) {
  const cluster = fakeCluster([c0, bare])
  cluster.cib = edited(cluster.cib, ({ attributes }) => (attributes.uname === name ? [] : undefined))
  const left = cluster.active().filter(resource => resource.node !== name)
  cluster.active = () => left
  node(cluster, name).isUp = false
  return cluster
}

describe.each(['node1', 'node2'])('without %s', name => {
  test.each([
    'storage -l',
    'storage -L',
    'storage -M',
    'cluster -M',
    'node -l',
    'storage -i c0',
  ])('%s shows all storages, including the dangling name', async command => {
    const { status, stdout, stderr } = await run(clusterWithout(name).system, command)
    const text = stdout.join('\n')
    expect({ status, stderr }).toEqual({ status: 0, stderr: [] })
    if (!command.startsWith('node')) expect(text).toContain('c0')
    if (command.startsWith('storage')) expect(text).toContain(name)
  })
})
