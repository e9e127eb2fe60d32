import { describe, expect, test } from 'vitest'
import { alertElement, alertIn } from '../../../../cloud/alerts/alerts.ts'
import { descendants, element, parseXml } from '../../../../cloud/xml.ts'
import { ALERT_PATH } from '../../../../system/pacemaker/alert-recipient.ts'
import { type FakeCluster, fakeCluster, node } from '../../../fake/cluster/cluster.ts'
import { edited } from '../../cloud/cib.ts'
import { c0 } from '../../cloud/examples.ts'
import { verify } from '../../cloud/pacemaker.ts'
import { given } from '../call.ts'

/** What the fake applies, Pacemaker's own cibadmin and crm_verify accept, with its schemas. */
const recipientsIn = ({ cib }: FakeCluster) => alertIn(parseXml(cib))?.recipients

const LIST = 'log,mail:admin@example.com,https://hooks.example/a,b?c=1&d'
const RECIPIENTS = ['log', 'mail:admin@example.com', 'https://hooks.example/a,b?c=1&d']

test('it sets the alert with these recipients, in a CIB that Pacemaker accepts', async () => {
  const cluster = fakeCluster([c0])
  await given(cluster).run(`cluster --setalerts ${LIST}`).succeeds()
  expect(recipientsIn(cluster)).toEqual(RECIPIENTS)
  expect(alertIn(parseXml(cluster.cib))?.path).toBe(ALERT_PATH)
  const [select] = descendants(parseXml(cluster.cib), 'select')
  expect(select?.children.map(({ name }) => name)).toEqual(['select_nodes', 'select_fencing', 'select_resources'])
})

test('again, it changes nothing', async () => {
  const cluster = fakeCluster([c0])
  await given(cluster).run(`cluster --setalerts ${LIST}`).succeeds()
  const { cib } = cluster
  await given(cluster).run(`cluster --setalerts ${LIST}`).succeeds(['nothing to change'])
  expect(cluster.cib).toBe(cib)
})

test('other recipients replace them, and none removes the alert; those of an operator stay', async () => {
  const cluster = fakeCluster([c0])
  const theirs = { ...alertElement({ path: '/theirs', recipients: [] }), attributes: { id: 'theirs', path: '/theirs' } }
  const own = { ...theirs, children: [] }
  cluster.cib = edited(cluster.cib, found =>
    found.name === 'constraints' ? [found, element('alerts', {}, [own])] : undefined,
  )
  await given(cluster).run('cluster --setalerts log').succeeds()
  await given(cluster).run('cluster --setalerts mail:admin').succeeds()
  expect(recipientsIn(cluster)).toEqual(['mail:admin'])
  await given(cluster).run('cluster --setalerts none').succeeds()
  expect(recipientsIn(cluster)).toBeUndefined()
  expect(descendants(parseXml(cluster.cib), 'alert').map(({ attributes }) => attributes.id)).toEqual(['theirs'])
  await given(cluster).run('cluster --setalerts none').succeeds(['nothing to change'])
})

test('a recipient that is given twice is told once', async () => {
  const cluster = fakeCluster([c0])
  await given(cluster).run('cluster --setalerts log,mail:admin,log').succeeds()
  expect(recipientsIn(cluster)).toEqual(['log', 'mail:admin'])
})

test('the directory of its notes is made on each node; one where that fails is named', async () => {
  const cluster = fakeCluster([c0])
  node(cluster, 'node3').isUp = false
  const { stdout } = await given(cluster).run('cluster --setalerts log').succeeds()
  expect(cluster.ran.filter(({ words }) => words[0] === 'sh').map(({ node: name }) => name)).toEqual(['node1', 'node2'])
  expect(stdout.at(-1)).toMatch(/^node3 reports no events yet: .*No route to host/)
})

test('a dry run shows the change, and makes none', async () => {
  const cluster = fakeCluster([c0])
  const { cib } = cluster
  const { stdout } = await given(cluster).run('cluster --setalerts log --dry-run').succeeds()
  expect(stdout.join('\n')).toContain('vhacs-alert-recipient-1')
  expect(cluster.cib).toBe(cib)
})

test.each([
  'nobody',
  'log,nobody',
  'mail:',
  'mail:-x',
  'https://',
  'https://user:password@host/',
  'log,',
])('%s is refused, and not shown', async text => {
  const cluster = fakeCluster([c0])
  const { stderr } = await given(cluster).run(`cluster --setalerts ${text}`).isRefused()
  expect(stderr.join('')).not.toContain('password@')
  expect(recipientsIn(cluster)).toBeUndefined()
})

describe('a CIB with the alert', () => {
  test('is valid for crm_verify with its own section, of any number of recipients', () => {
    const cluster = fakeCluster([c0])
    const alert = alertElement({ path: ALERT_PATH, recipients: RECIPIENTS })
    const cib = edited(cluster.cib, found =>
      found.name === 'constraints' ? [found, element('alerts', {}, [alert])] : undefined,
    )
    expect(verify(cib, ['-V', '-V'])).toBe('')
    const broken = edited(cib, found => (found.name === 'recipient' ? [{ ...found, name: 'receiver' }] : undefined))
    expect(verify(broken, ['-V', '-V'])).not.toBe('')
  })
})
