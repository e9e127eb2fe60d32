import { expect, test } from 'vitest'
import { usedAddresses } from '../../../../cloud/cib/used-addresses.ts'
import { child, parseXml } from '../../../../cloud/xml.ts'
import { fakeCluster } from '../../../fake/cluster/cluster.ts'
import { given } from '../../cli/call.ts'
import { withChildren } from '../cib.ts'

const pair = (name: string, value: string) => `<nvpair id="p-${name}" name="${name}" value="${value}"/>`
const ip = (...pairs: string[]) => `<instance_attributes id="s">${pairs.join('')}</instance_attributes>`
const primitive = (type: string, inside: string, provider = 'heartbeat') =>
  `<primitive id="x" class="ocf" provider="${provider}" type="${type}">${inside}</primitive>`
const A = '192.0.2.100'

const SECOND_SET = `<instance_attributes id="b" score="9"><rule id="r" score="1"><expression id="e" attribute="#uname" operation="eq" value="b"/></rule>${pair('ip', A)}</instance_attributes>`

/** Where the address may stand, each a configuration of its own. */
const PLACES: Readonly<Record<string, string>> = {
  'of IPaddr2': `<resources>${primitive('IPaddr2', ip(pair('ip', A)))}</resources>`,
  'of IPaddr': `<resources>${primitive('IPaddr', ip(pair('ip', A)))}</resources>`,
  'of IPsrcaddr': `<resources>${primitive('IPsrcaddr', ip(pair('ipaddress', A)))}</resources>`,
  'of an agent of somebody': `<resources>${primitive('floating', ip(pair('vip', A)), 'acme')}</resources>`,
  'of a systemd unit in no set': `<resources><primitive id="x" class="systemd" type="y">${ip(pair('ip', A))}</primitive></resources>`,
  'of a fencing device': `<resources><primitive id="x" class="stonith" type="fence_ipmilan">${ip(pair('ip', A))}</primitive></resources>`,
  'with a prefix length': `<resources>${primitive('IPaddr', ip(pair('ip', `${A}/24`)))}</resources>`,
  'of portals': `<resources>${primitive('iSCSITarget', ip(pair('portals', `10.0.0.1 ${A}:3260`)))}</resources>`,
  'in options': `<resources>${primitive('x', ip(pair('options', `rw,addr=${A},vers=4`)))}</resources>`,
  'of a template': `<resources><template id="t" class="ocf" provider="heartbeat" type="IPaddr2">${ip(pair('ip', A))}</template><primitive id="x" template="t"/></resources>`,
  'in a second set': `<resources>${primitive('IPaddr2', [ip(pair('nic', 'eth0')), SECOND_SET].join(''))}</resources>`,
  'of which the second of two counts': `<resources>${primitive('IPaddr2', ip(pair('ip', '192.0.2.99'), `<nvpair id="q" name="ip" value="${A}"/>`))}</resources>`,
  'in a set that a reference leads to': `<resources>${primitive('IPaddr2', '<instance_attributes id-ref="s"/>')}</resources><rsc_defaults>${ip(pair('ip', A))}</rsc_defaults>`,
  'in a pair that a reference leads to': `<resources>${primitive('IPaddr2', '<instance_attributes id="u"><nvpair id-ref="p-addr" name="ip"/></instance_attributes>')}</resources><nodes><node id="1" uname="a">${ip(pair('addr', A))}</node></nodes>`,
  'of a clone in a group': `<resources><clone id="c"><group id="g">${primitive('IPaddr2', ip(pair('ip', A)))}</group></clone></resources>`,
  'of a bundle': `<resources><bundle id="b"><docker image="x" replicas="3"/><network ip-range-start="192.0.2.98"/></bundle></resources>`,
  'of a promotable bundle': `<resources><bundle id="b"><podman image="x" promoted-max="2"/><network ip-range-start="192.0.2.99"/></bundle></resources>`,
  'inside a bundle': `<resources><bundle id="b"><docker image="x"/>${primitive('x', ip(pair('ip', A)))}</bundle></resources>`,
}

function addressesOf(inside: string): string[] {
  const configuration = child(parseXml(`<cib><configuration>${inside}</configuration></cib>`), 'configuration')
  if (configuration === undefined) throw new Error('no configuration')
  return usedAddresses(configuration)
}

test.each(Object.entries(PLACES))('an address %s is in use', (_, inside) => {
  expect(addressesOf(inside)).toContain(A)
})

test.each([
  ['2001:db8::1', '2001:db8::1'],
  ['[2001:db8::1]:3260', '2001:db8::1'],
  ['2001:db8::1/64', '2001:db8::1'],
])('so is one of IPv6: %s', (value, address) => {
  expect(addressesOf(`<resources>${primitive('x', ip(pair('ip', value)))}</resources>`)).toEqual([address])
})

test('other text is not an address', () => {
  const values = ['1.2.3', '10.0.0.256', '2.1.5-3', 'eth0:1', '12:30', 'http://host/x', '10.0.0.1;id', '::ffff:x', '']
  const inside = values.map((value, index) => pair(`n${index}`, value)).join('')
  expect(addressesOf(`<resources>${primitive('x', ip(inside))}</resources>`)).toEqual(['10.0.0.1'])
})

test('the same address twice counts once', () => {
  const inside = primitive('x', ip(pair('a', '2001:db8::1'), pair('b', '2001:DB8:0::1')))
  expect(addressesOf(`<resources>${inside}</resources>`)).toHaveLength(1)
})

test('a new storage does not get an address of others', async () => {
  const cluster = fakeCluster()
  const vip = parseXml(primitive('IPaddr', ip(pair('ip', '192.0.2.100'))))
  const bundle = parseXml(
    '<bundle id="web"><docker image="x" replicas="2"/><network ip-range-start="192.0.2.101"/></bundle>',
  )
  cluster.cib = withChildren(cluster.cib, 'resources', vip, bundle)
  await given(cluster).run('storage -c d1 -s 1G').succeeds()
  expect(cluster.cib).toContain('value="192.0.2.103"')
}, 30_000)
