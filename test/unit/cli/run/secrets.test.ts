import { expect, test } from 'vitest'
import { generatedChap } from '../../../../cloud/chap-files.ts'
import { fakeCluster, node } from '../../../fake/cluster/cluster.ts'
import { file } from '../../../fake/tree.ts'
import { bare, c0 } from '../../cloud/examples.ts'
import { run } from '../call.ts'

/*
 * Secrets of ours and of others, which no output contains: an operator pastes it into a ticket.
 */

const OF_OTHERS = 'hunter2&amp;more'
const OURS = ['secret-of-c0', 'secret-of-bare', 'secret-of-CHAP']

const LOOKING = [
  'cluster -c',
  'cluster -M',
  'node -l',
  'node -i node1',
  'storage -l',
  'storage -L',
  'storage -i c0',
  'compose --read',
]

const CHANGING = [
  'storage -c c1 -s 1G -n node1,node2',
  'storage -c c1 -s 1G -n node1,node2 --chap',
  'storage -D c0 --yes',
  'storage -S c0',
  'storage -r c0',
  'storage -u c0',
  'storage -p node1 c0',
  'storage --setsecret c0',
  'storage --setchap c0',
  'storage --setchap West-1 --interrupt',
  'node -d vhost node3',
  'node -S node3',
  'node -s storage node3',
  'node -s vhost node3',
]

function clusterWithSecrets() {
  const cluster = fakeCluster([{ ...c0, chap: generatedChap('c0') }, bare])
  // node3 lacks it
  for (const name of ['node1', 'node2'])
    node(cluster, name).system.put('/etc/vhacs/chap/c0', { ...file('secret-of-CHAP'), permissions: 0o600 })
  const values = ['passwd', 'ipmi_password', 'login_secret'].map(
    (name, index) => `<nvpair id="theirs-${index}" name="${name}" value="${OF_OTHERS}"/>`,
  )
  const attributes = `<instance_attributes id="theirs">${values.join('')}</instance_attributes>`
  const theirs = `<primitive id="fence-x" class="stonith" type="fence_ipmilan">${attributes}</primitive>`
  cluster.cib = cluster.cib.replace('</resources>', `${theirs}</resources>`)
  return cluster
}

test.each([
  ...LOOKING.map(line => `${line} -V 2`),
  ...CHANGING.map(line => `${line} -V 2`),
  ...CHANGING.map(line => `${line} --dry-run`),
])('%s shows no secret', async line => {
  const cluster = clusterWithSecrets()
  const { stdout, stderr } = await run(cluster.system, line)
  const output = [...stdout, ...stderr].join('\n')
  expect(output.length).toBeGreaterThan(0)
  for (const secret of [OF_OTHERS, ...OURS]) expect(output).not.toContain(secret)
})

test('the output that would contain it is the whole CIB', async () => {
  const cluster = clusterWithSecrets()
  const { stderr } = await run(cluster.system, 'storage -c c1 -s 1G -n node1,node2 -V 2')
  expect(stderr.join('\n')).toContain('name="passwd" value="********"')
})
