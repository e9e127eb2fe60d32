import { describe, expect, test } from 'vitest'
import type { Cloud } from '../../../cloud/cloud.ts'
import { constraintElements, resourceElements } from '../../../cloud/compose/cib-xml.ts'
import { composeVserver } from '../../../cloud/compose/vservers/vserver.ts'
import { fakeCluster } from '../../fake/cluster/cluster.ts'
import { storageFindings } from '../../faults/health.ts'
import { parseContainers, parseStorages } from '../../faults/layout.ts'
import { clusterLeftovers, nodeLeftovers } from '../../faults/leftovers.ts'
import { given } from '../cli/call.ts'
import { edited } from '../cloud/cib.ts'
import { c0, web0 } from '../cloud/examples.ts'

/* The campaign reads what vhacs prints, as vhacs prints it. */

const CLUSTER = healthy({ ...c0, directory: '/clouds/c0' })

/** Both sides are connected and up to date. */
function healthy(...clouds: readonly Cloud[]) {
  const cluster = fakeCluster(clouds)
  const minors = clouds.map(
    ({ minor }) => ` ${minor}: cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----\n`,
  )
  for (const { system } of cluster.nodes.values())
    system.put('/proc/drbd', `version: 8.4.11 (api:1)\n${minors.join('')}`)
  return cluster
}

async function info(cluster = CLUSTER): Promise<string> {
  const { stdout } = await given(cluster).run('storage -i ALL --json').succeeds()
  return stdout.join('\n')
}

describe('the layout', () => {
  test('is what storage --info says', async () => {
    expect(parseStorages(await info())[0]).toMatchObject({
      ...{ name: 'c0', exporter: 1, mounter: 2, sides: [1, 2], directory: '/clouds/c0', address: '10.77.1.100' },
    })
  })

  test('needs storages that are exported and mounted', async () => {
    const text = await info(fakeCluster([{ ...c0, state: 'standby' }]))
    expect(() => parseStorages(text)).toThrow(RangeError)
  })
})

describe('containers', () => {
  const mounted = { ...c0, directory: '/clouds/c0' }
  const list = async (cluster = healthy(mounted)) =>
    (await given(cluster).run('vserver --list --json').succeeds()).stdout.join('\n')

  test('are what vserver --list says', async () => {
    const cluster = healthy(mounted)
    const composed = composeVserver(web0, mounted)
    cluster.cib = edited(cluster.cib, found => {
      const added = { resources: resourceElements(composed), constraints: constraintElements(composed) }
      const more = found.name === 'resources' || found.name === 'constraints' ? added[found.name] : undefined
      return more && [{ ...found, children: [...found.children, ...more] }]
    })
    expect(parseContainers(await list(cluster))).toEqual([
      { name: 'web0', storage: 'c0', node: 2, directory: `/clouds/c0/${web0.tree}` },
    ])
  })

  test('may be none', async () => {
    expect(parseContainers(await list())).toEqual([])
  })
})

describe('what is wrong', () => {
  test('is nothing when all is well', async () => {
    expect(storageFindings(await info())).toEqual([])
  })

  test('is said of each storage', async () => {
    const cluster = healthy(c0)
    cluster.failures = [{ resource: 'c0-session', node: 'node2', action: 'monitor', reason: 'no session' }]
    expect(storageFindings(await info(cluster))).toContain('c0 has a failure: no session')
  })

  test('is that it is stopped', async () => {
    const found = storageFindings(await info(fakeCluster([{ ...c0, state: 'standby' }])))
    expect(found).toEqual(expect.arrayContaining(['c0 is not exported', 'c0 is not mounted']))
  })
})

describe('leftovers', () => {
  const storage = {
    ...{ name: 'a', exporter: 1, mounter: 2, sides: [1, 2], minor: 0, iqn: 'iqn.2026-01.x:a', address: '10.77.1.100' },
    directory: '/clouds/a',
  }
  const container = { name: 'box', storage: 'a', node: 2, directory: '/clouds/a/box' }
  const layout = { nodes: [1, 2], storages: [storage], containers: [container] }
  const exporting =
    '== sessions\n== targets\niqn.2026-01.x:a\n== backstores\na\n== mounts\n== containers\n== volumes\n  a\n== processes\n'
  const mounting =
    '== sessions\niqn.2026-01.x:a\n== targets\n== backstores\n== mounts\n/clouds/a\n== containers\nbox\n== volumes\n  a\n== processes\n'

  test('of what each node should have are none', () => {
    expect([...nodeLeftovers(exporting, 1, layout), ...nodeLeftovers(mounting, 2, layout)]).toEqual([])
  })

  test.each<[string, number, string, string]>([
    ['a session', 1, exporting.replace('== targets', 'iqn.2026-01.x:a\n== targets'), 'sessions: iqn.2026-01.x:a'],
    [
      'a second session',
      2,
      mounting.replace('== targets', 'iqn.2026-01.x:a\n== targets'),
      'sessions: iqn.2026-01.x:a twice',
    ],
    ['a target', 2, mounting.replace('== backstores', 'iqn.2026-01.x:a\n== backstores'), 'targets: iqn.2026-01.x:a'],
    ['a backstore', 2, mounting.replace('== mounts', 'a\n== mounts'), 'backstores: 1 for 0 targets'],
    ['a mount', 1, exporting.replace('== containers', '/clouds/a\n== containers'), 'mounts: /clouds/a'],
    ['a container', 1, exporting.replace('== volumes', 'box\n== volumes'), 'containers: box'],
    ['a snapshot', 1, exporting.replace('  a\n== proc', '  a\n  a.1\n== proc'), 'volumes: a.1'],
    ['a missing mount', 2, mounting.replace('/clouds/a\n', ''), 'mounts: no /clouds/a'],
    ['an agent', 1, `${exporting}12/lio-iblock\n`, 'processes: 12/lio-iblock'],
  ])('of %s are named', (_, node, text, leftover) => {
    expect(nodeLeftovers(text, node, layout)).toEqual([`node${node}: ${leftover}`])
  })

  test('in the CIB are constraints that were made for a while, and the lock', () => {
    const ids = ['cli-ban-a', 'drbd-fence-by-handler-a-a-drbd-clone', 'a-rehearsal-location', 'a-export-location']
    const constraints = ids.map(id => `<rsc_location id="${id}"/>`).join('')
    const sets = '<cluster_property_set id="vhacs-lock"/><cluster_property_set id="options"/>'
    expect(clusterLeftovers(`<configuration>${sets}<constraints>${constraints}</constraints></configuration>`)).toEqual(
      [...ids.slice(0, 3), 'vhacs-lock'].map(id => `the CIB has ${id}`),
    )
  })
})
