import { expect, test } from 'vitest'
import { type FakeCluster, fakeCluster, node } from '../../../fake/cluster/cluster.ts'
import { c0 as example } from '../../cloud/examples.ts'
import { given } from '../call.ts'

/* Properties of all verbs that change DRBD's configuration of a storage on both nodes. */

export const c0 = { ...example, address: '192.0.2.100', iqn: 'iqn.2026-01.org.vhacs:lab:c0' }
export const FILE = '/etc/drbd.d/c0.res'

export const clusterWithC0 = () => fakeCluster([c0])
export const filesIn = (cluster: FakeCluster) => c0.storageNodes.map(name => node(cluster, name).system.read(FILE))

/** Which subcommands of drbdadm have run. */
export const drbdadmVerbs = ({ ran }: FakeCluster) =>
  ran.flatMap(({ words: [tool, verb] }) => (tool === 'drbdadm' ? [verb] : []))

/** The obstacles to a change: how to produce each, and its message. */
export type Obstacle = readonly [what: string, spoil: (cluster: FakeCluster) => void, words: RegExp]

const OBSTACLES: readonly Obstacle[] = [
  [
    'an operator wrote the file',
    cluster => node(cluster, 'node1').system.put(FILE, 'resource c0 { }'),
    /differs from what vhacs wrote/,
  ],
  [
    'the files differ',
    cluster => node(cluster, 'node1').system.put(FILE, (filesIn(cluster)[0] ?? '').replace('detach', 'pass_on')),
    /or between node1 and node2/,
  ],
]

/** Tests that `line` changes the files of both nodes, or of none. */
export function changesBothFilesOrNone(line: string, healthy: () => FakeCluster, others: readonly Obstacle[]): void {
  test.each([
    'dd',
    'mv',
    'drbdadm',
  ])('that cannot be put in place on one node (%s): both keep the old one', async tool => {
    const cluster = healthy()
    const before = filesIn(cluster)
    let count = 0
    cluster.disturb = ({ node: name, words }) =>
      name === c0.storageNodes[1] && words[0] === tool && count++ === 0 ? 'fails' : undefined
    await given(cluster)
      .run(line)
      .fails(/out of order$/)
    expect(filesIn(cluster)).toEqual(before)
  })

  test.each([...OBSTACLES, ...others])('refused before anything is changed where %s', async (_, spoil, words) => {
    const cluster = healthy()
    spoil(cluster)
    const { status, stderr } = await given(cluster).run(line)
    expect(status).not.toBe(0)
    expect(stderr).toEqual([expect.stringMatching(words)])
    expect(cluster.ran.map(({ words: [tool] }) => tool)).not.toContain('dd')
  })
}
