import { describe, expect, test } from 'vitest'
import { isFencingScript, withOwnHandlers } from '../../../../cloud/compose/drbd/handlers.ts'
import { type FakeCluster, fakeCluster, node } from '../../../fake/cluster/cluster.ts'
import { given } from '../call.ts'
import { c0, changesBothFilesOrNone, clusterWithC0, drbdadmVerbs, FILE, filesIn } from './resource-file-change.ts'

const SET = 'storage --sethandlers c0'

/** As earlier versions of VHACS wrote it. */
const withScripts = (text: string) =>
  text
    .replace('/usr/lib/vhacs/fence-peer', '/usr/lib/drbd/crm-fence-peer.sh')
    .replace('unfence-peer "/usr/lib/vhacs/unfence-peer"', 'after-resync-target "/usr/lib/drbd/crm-unfence-peer.sh"')

/** c0 of an earlier version. */
function older(): FakeCluster {
  const cluster = clusterWithC0()
  for (const name of c0.storageNodes) node(cluster, name).system.put(FILE, withScripts(filesIn(cluster)[0] ?? ''))
  return cluster
}

describe('the handlers', () => {
  test("replace DRBD's scripts on both nodes; nothing else changes, and DRBD is not notified", async () => {
    const cluster = older()
    const before = filesIn(cluster)
    const { stdout } = await given(cluster).run(SET).succeeds()
    const after = filesIn(cluster)
    expect(after).not.toEqual(before)
    expect(after.map(withScripts)).toEqual(before)
    expect(after[0]).toContain('\t\tfence-peer "/usr/lib/vhacs/fence-peer";\n')
    expect(after[0]).toContain('\t\tunfence-peer "/usr/lib/vhacs/unfence-peer";\n')
    expect(drbdadmVerbs(cluster)).toEqual(['--config-file', '--config-file'])
    expect(stdout.at(-1)).toContain('c0 calls the handlers of VHACS')
  })

  test('that are already configured are kept', async () => {
    const cluster = clusterWithC0()
    const before = filesIn(cluster)
    await given(cluster).run(SET).succeeds()
    expect(filesIn(cluster)).toEqual(before)
  })

  test('replace a script with options', () => {
    const [text = ''] = filesIn(older())
    const tuned = text.replace('crm-fence-peer.sh', 'crm-fence-peer.sh --timeout 30')
    expect(withOwnHandlers(tuned)).toBe(withOwnHandlers(text))
  })

  test('replace our own handler that was called too early, after-resync-target', () => {
    const [text = ''] = filesIn(clusterWithC0())
    const early = text.replace('\t\tunfence-peer ', '\t\tafter-resync-target ')
    expect(withOwnHandlers(early)).toBe(text)
    expect(
      withOwnHandlers(early.replace('\thandlers {', '\thandlers {\n\t\tunfence-peer "/bin/true";')),
    ).toBeUndefined()
  })

  changesBothFilesOrNone(SET, older, [
    [
      'a node has an older VHACS',
      cluster => node(cluster, 'node2').system.take('/usr/lib/vhacs/unfence-peer'),
      /node2 has no \/usr\/lib\/vhacs\/unfence-peer: install the same version of VHACS there/,
    ],
    [
      'an operator has a handler of his own',
      cluster =>
        node(cluster, 'node1').system.put(FILE, (filesIn(cluster)[0] ?? '').replace('/usr/lib/drbd/', '/opt/')),
      /set fence-peer to "\/usr\/lib\/vhacs\/fence-peer"/,
    ],
  ])
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
