import { expect, test } from 'vitest'
import { element } from '../../../../cloud/xml.ts'
import { type FakeCluster, fakeCluster } from '../../../fake/cluster/cluster.ts'
import { edited, withChildren } from '../../cloud/cib.ts'
import { c0 } from '../../cloud/examples.ts'
import { contentOf, given } from '../call.ts'

/* A CIB to which no cloud can be added is detected before the cloud has volumes. */

const withSchema = (cluster: FakeCluster, schema: string) =>
  edited(cluster.cib, found =>
    found.name === 'cib' ? [{ ...found, attributes: { ...found.attributes, 'validate-with': schema } }] : undefined,
  )

test.each<[string, (cluster: FakeCluster) => string, RegExp]>([
  ['its schema is too old', cluster => withSchema(cluster, 'pacemaker-3.5'), /run "cibadmin --upgrade --force"$/],
  [
    'one of our ids is taken',
    ({ cib }) => withChildren(cib, 'configuration', element('tags', {}, [element('tag', { id: 'mail-lvm' })])),
    /mail-lvm is taken by the tag of that name in the CIB: rename that, or choose another name for the cloud$/,
  ],
])('storage --create and compose --apply refuse when %s', async (_, change, words) => {
  const cluster = fakeCluster()
  cluster.cib = change(cluster)
  cluster.system.put('/root/clouds.yaml', 'clouds: [{name: mail, size: 1G}]\n')
  const before = contentOf(cluster)
  await given(cluster).run('storage -c mail -s 1G').isRefused(words, [])
  const { status, stderr } = await given(cluster).run('compose /root/clouds.yaml --apply')
  expect({ status, stderr: stderr[0] }).toEqual({ status: 2, stderr: expect.stringMatching(words) })
  expect(contentOf(cluster)).toEqual(before)
})

test('a change that crm_verify refuses is tried before a volume is created', async () => {
  const cluster = fakeCluster()
  const before = contentOf(cluster)
  cluster.disturb = ({ words: [tool] }) => (tool === 'crm_verify' ? 'fails' : undefined)
  await given(cluster)
    .run('storage -c mail -s 1G')
    .fails(/crm_verify/, [])
  expect(contentOf(cluster)).toEqual(before)
  expect(cluster.ran.filter(({ words: [tool] }) => tool === 'lvcreate')).toEqual([])
})

test('crm_verify gets time in proportion to the number of resources', async () => {
  const cluster = fakeCluster([c0])
  const seconds: (number | undefined)[] = []
  const { run } = cluster.system
  const system = {
    ...cluster.system,
    run: (...[tool, args, options]: Parameters<typeof run>) => {
      if (tool.name === 'crm_verify') seconds.push(options?.timeoutSeconds)
      return run(tool, args, options)
    },
  }
  await given({ system }).run('storage -c mail -s 1G --dry-run')
  // six of each cloud
  expect(seconds[0]).toBe(62)
})
