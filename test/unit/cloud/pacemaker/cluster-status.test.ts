import { expect, test } from 'vitest'
import { parseClusterStatus } from '../../../../cloud/pacemaker/cluster-status.ts'

/** A node as crm_mon 2.1.5 writes it, with what differs. */
const nodeXml = (name: string, attributes: Readonly<Record<string, boolean>>) => {
  const all = { online: true, standby: false, maintenance: false, pending: false, unclean: false, ...attributes }
  const pairs = Object.entries(all).map(([key, value]) => `${key}="${value}"`)
  return `<node name="${name}" id="1" ${pairs.join(' ')} health="green" type="member"/>`
}
const statusOf = (inside: string) => parseClusterStatus(`<pacemaker-result>${inside}</pacemaker-result>`)

test.each([
  [{}, 'online'],
  [{ standby: true }, 'standby'],
  [{ standby_onfail: true }, 'standby'],
  [{ maintenance: true }, 'maintenance'],
  [{ online: false }, 'offline'],
  [{ online: false, unclean: true }, 'unclean'],
  [{ unclean: true }, 'unclean'],
  [{ pending: true }, 'pending'],
])('a node with %j is %s', (attributes, status) => {
  expect(statusOf(`<nodes>${nodeXml('a', attributes)}</nodes>`).haStatus).toEqual(new Map([['a', status]]))
})

test('a node element below a resource is not a node of the list', () => {
  const text = '<resources><resource id="r"><node name="a" id="1" cached="true"/></resource></resources>'
  expect(statusOf(text).haStatus.size).toBe(0)
})

test.each([
  [
    'op_key="c0-drbd_monitor_29000" node="a" exitstatus="error" exitreason="it is not connected"',
    { resource: 'c0-drbd', node: 'a', action: 'monitor', reason: 'it is not connected', isDegraded: false },
  ],
  [
    'op_key="c0-drbd:1_promote_0" node="a" exitstatus="not running" exitreason=""',
    { resource: 'c0-drbd', node: 'a', action: 'promote', reason: 'not running', isDegraded: false },
  ],
  [
    'op_key="my_own_start_0" node="a" exitstatus="error" exitreason="none"',
    { resource: 'my_own', node: 'a', action: 'start', reason: 'error', isDegraded: false },
  ],
  [
    'op_key="c0-drbd_monitor_29000" node="a" exitcode="191" exitstatus="promoted (degraded)" exitreason="no connection to the peer"',
    { resource: 'c0-drbd', node: 'a', action: 'monitor', reason: 'no connection to the peer', isDegraded: true },
  ],
  [
    'op_key="c0-drbd_monitor_29000" node="a" exitcode="1" exitstatus="error" exitreason="DRBD&amp;apos;s &amp;quot;a&amp;quot; &amp;lt;b&amp;gt;"',
    { resource: 'c0-drbd', node: 'a', action: 'monitor', reason: `DRBD's "a" <b>`, isDegraded: false },
  ],
  [
    'op_key="r_start_0" node="a" exitcode="1" exitstatus="error" exitreason="one&amp;#x0A;two &amp;#x1B; &amp;amp;quot; &amp;amp;#x0A;"',
    { resource: 'r', node: 'a', action: 'start', reason: 'one two &#x1B; &quot; &#x0A;', isDegraded: false },
  ],
])('a failure with %s is read', (attributes, failure) => {
  expect(statusOf(`<failures><failure ${attributes}/></failures>`).failures).toEqual([failure])
})

test('quorum is what the coordinator reports', () => {
  expect(statusOf('<summary><current_dc present="true" with_quorum="true"/></summary>').hasQuorum).toBe(true)
  expect(statusOf('<summary><current_dc present="false"/></summary>').hasQuorum).toBe(false)
})
