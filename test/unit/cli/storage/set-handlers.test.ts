import { describe, expect, test } from 'vitest'
import { isFencingScript, withOwnHandlers } from '../../../../cloud/compose/drbd-handlers.ts'
import { type FakeCluster, fakeCluster, node } from '../../../fake/cluster/cluster.ts'
import { c0 as example } from '../../cloud/examples.ts'
import { given } from '../call.ts'

const c0 = { ...example, address: '192.0.2.100', iqn: 'iqn.2026-01.org.vhacs:lab:c0' }
const FILE = '/etc/drbd.d/c0.res'
const SET = 'storage --sethandlers c0'

/** As earlier versions of VHACS wrote it. */
const withScripts = (text: string) =>
  text
    .replace('/usr/lib/vhacs/fence-peer', '/usr/lib/drbd/crm-fence-peer.sh')
    .replace('/usr/lib/vhacs/unfence-peer', '/usr/lib/drbd/crm-unfence-peer.sh')

const filesIn = (cluster: FakeCluster) => c0.storageNodes.map(name => node(cluster, name).system.read(FILE))

/** c0 of an earlier version. */
function older(): FakeCluster {
  const cluster = fakeCluster([c0])
  for (const name of c0.storageNodes) node(cluster, name).system.put(FILE, withScripts(filesIn(cluster)[0] ?? ''))
  return cluster
}

describe('the handlers', () => {
  test("take the place of DRBD's scripts on both nodes; nothing else changes, and DRBD is told nothing", async () => {
    const cluster = older()
    const before = filesIn(cluster)
    const { stdout } = await given(cluster).run(SET).succeeds()
    const after = filesIn(cluster)
    expect(after).not.toEqual(before)
    expect(after.map(withScripts)).toEqual(before)
    expect(after[0]).toContain('\t\tfence-peer "/usr/lib/vhacs/fence-peer";\n')
    expect(after[0]).toContain('\t\tafter-resync-target "/usr/lib/vhacs/unfence-peer";\n')
    const drbd = cluster.ran.flatMap(({ words: [tool, verb] }) => (tool === 'drbdadm' ? [verb] : []))
    expect(drbd).toEqual(['--config-file', '--config-file'])
    expect(stdout.at(-1)).toContain('c0 calls the handlers of VHACS')
  })

  test('that are there already stay', async () => {
    const cluster = fakeCluster([c0])
    const before = filesIn(cluster)
    await given(cluster).run(SET).succeeds()
    expect(filesIn(cluster)).toEqual(before)
  })

  test('take the place of a script with options', () => {
    const [text = ''] = filesIn(older())
    const tuned = text.replace('crm-fence-peer.sh', 'crm-fence-peer.sh --timeout 30')
    expect(withOwnHandlers(tuned)).toBe(withOwnHandlers(text))
  })

  test.each([
    'dd',
    'mv',
    'drbdadm',
  ])('that cannot be put in place on one node (%s) leave the scripts on both', async tool => {
    const cluster = older()
    const before = filesIn(cluster)
    let count = 0
    cluster.disturb = ({ node: name, words }) =>
      name === c0.storageNodes[1] && words[0] === tool && count++ === 0 ? 'fails' : undefined
    await given(cluster)
      .run(SET)
      .fails(/out of order$/)
    expect(filesIn(cluster)).toEqual(before)
  })

  test.each<[string, (cluster: FakeCluster) => void, RegExp]>([
    [
      'a node has an older VHACS',
      cluster => node(cluster, 'node2').system.take('/usr/lib/vhacs/unfence-peer'),
      /node2 has no \/usr\/lib\/vhacs\/unfence-peer: install the same version of VHACS there/,
    ],
    [
      'an operator wrote the file',
      cluster => node(cluster, 'node1').system.put(FILE, 'resource c0 { }'),
      /differs from what vhacs wrote/,
    ],
    [
      'an operator has a handler of his own',
      cluster =>
        node(cluster, 'node1').system.put(FILE, (filesIn(cluster)[0] ?? '').replace('/usr/lib/drbd/', '/opt/')),
      /set fence-peer to "\/usr\/lib\/vhacs\/fence-peer"/,
    ],
    [
      'the files differ',
      cluster => node(cluster, 'node1').system.put(FILE, (filesIn(cluster)[0] ?? '').replace('detach', 'pass_on')),
      /or between node1 and node2/,
    ],
  ])('are refused before anything is changed where %s', async (_, spoil, words) => {
    const cluster = older()
    spoil(cluster)
    const { status, stderr } = await given(cluster).run(SET)
    expect(status).not.toBe(0)
    expect(stderr).toEqual([expect.stringMatching(words)])
    expect(cluster.ran.map(({ words: [tool] }) => tool)).not.toContain('dd')
  })
})

test('a storage is not created on a node that lacks the handlers', async () => {
  const cluster = fakeCluster()
  for (const { system } of cluster.nodes) system.take('/usr/lib/vhacs/fence-peer')
  await given(cluster)
    .run('storage --create c1 --size 1G')
    .fails(/has no \/usr\/lib\/vhacs\/fence-peer: install the same version of VHACS there/)
  expect(cluster.nodes.flatMap(({ volumes }) => [...volumes.keys()])).toEqual([])
})

test.each([
  ['/usr/lib/drbd/crm-fence-peer.sh', true],
  ['/usr/lib/drbd/crm-fence-peer.sh --timeout 30', true],
  ['/usr/lib/drbd/crm-fence-peer.9.sh', true],
  ['crm-fence-peer.sh', true],
  ['/usr/lib/vhacs/fence-peer', false],
  ['/opt/my-crm-fence-peer.sh', false],
  ['/usr/lib/drbd/stonith_admin-fence-peer.sh', false],
])('%s is the script of DRBD: %s', (command, expected) => {
  expect(isFencingScript(command)).toBe(expected)
})
