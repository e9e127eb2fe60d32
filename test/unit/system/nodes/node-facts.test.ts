import { expect, test } from 'vitest'
import {
  globalAddresses,
  initiatorNameOn,
  interfaceAddress,
  mountedSpace,
  nodeConf,
  softwareVersions,
  volumeGroupSpace,
} from '../../../../system/nodes/node-facts.ts'
import { here } from './node.ts'

const link = (...addresses: [family: string, scope: string, local: string][]) =>
  JSON.stringify([
    {},
    { ifname: 'eth1', addr_info: addresses.map(([family, scope, local]) => ({ family, scope, local, prefixlen: 24 })) },
  ])

test.each([
  ['IPv4 before IPv6', link(['inet6', 'global', '2001:db8::1'], ['inet', 'global', '192.0.2.1']), '192.0.2.1'],
  ['IPv6 alone', link(['inet6', 'link', 'fe80::1'], ['inet6', 'global', '2001:db8::1']), '2001:db8::1'],
])('the address of an interface: %s', async (_, ip, address) => {
  expect(await interfaceAddress(here({ ip }), 'here', 'eth1')).toBe(address)
})

test('an interface without a global address is an error that names it', async () => {
  await expect(interfaceAddress(here({ ip: link(['inet6', 'link', 'fe80::1']) }), 'here', 'eth1')).rejects.toThrow(
    'here: interface eth1 does not have an address: correct /etc/vhacs.conf there',
  )
})

test('link-local addresses are left out', async () => {
  const ip = link(['inet', 'host', '127.0.0.1'], ['inet', 'global', '192.0.2.1'], ['inet6', 'link', 'fe80::1'])
  expect(await globalAddresses(here({ ip }), 'here')).toEqual(['192.0.2.1'])
})

test('an error in the settings names the node', async () => {
  await expect(nodeConf(here({ cat: 'MTU = "9000"\n' }), 'here')).rejects.toThrow(/^here: \/etc\/vhacs.conf, line 1: /)
  expect((await nodeConf(here({ cat: 'STORAGE_IFNAME = "eth1"\n' }), 'here')).storageInterface).toBe('eth1')
})

test('the initiator name is read, or missing', async () => {
  expect(await initiatorNameOn(here({ cat: 'InitiatorName=iqn.2026-01.org.example:here\n' }), 'here')).toBe(
    'iqn.2026-01.org.example:here',
  )
  await expect(initiatorNameOn(here({ cat: 'GenerateName=yes\n' }), 'here')).rejects.toThrow(
    'here: no InitiatorName in /etc/iscsi/',
  )
})

test.each([
  ['exists', '{"report":[{"vg":[{"vg_free":"10","vg_size":"30"}]}]}', { freeBytes: 10, sizeBytes: 30 }],
  ['does not exist', '{"report":[{"vg":[]}]}', undefined],
  ['cannot exist, as LVM is not installed', 127, undefined],
])('the space of a volume group that %s', async (_, vgs, space) => {
  expect(await volumeGroupSpace(here({ vgs }), 'here', 'vhacs')).toEqual(space)
})

test('the space of mount points is read, and that of other directories is left out', async () => {
  const df =
    '     Avail       Used  1B-blocks Mounted on\n        10         15         30 /srv/c 0\n         1          2          3 /\n'
  expect([...(await mountedSpace(here({ df }), 'here', ['/srv/c 0', '/srv/c1']))]).toEqual([
    ['/srv/c 0', { freeBytes: 10, usedBytes: 15, sizeBytes: 30 }],
  ])
})

test('versions of missing software are left out', async () => {
  const found = {
    uname: '6.1.0-18-amd64\n',
    cat: 'version: 8.4.11 (api:1/proto:86-101)\n',
    crmadmin: 'Pacemaker 2.1.5\n',
  }
  expect(await softwareVersions(here(found), 'here')).toEqual([
    'kernel 6.1.0-18-amd64',
    'DRBD 8.4.11',
    'Pacemaker 2.1.5',
  ])
  expect(await softwareVersions(here({ uname: '6.1.0\n', cat: 1 }), 'here')).toEqual(['kernel 6.1.0'])
})

test.each([
  'iqn.2026-01.org.example:here # mine',
  'iqn.1994-05.com.redhat:A_B',
  'iqn.1994-05.com.redhat:\u212a1',
])('an initiator name that no target accepts is refused: %s', async name => {
  await expect(initiatorNameOn(here({ cat: `InitiatorName=${name}\n` }), 'here')).rejects.toThrow(
    /^here: the InitiatorName ".*" in .* is not an iSCSI name: correct it there, and restart iscsid$/,
  )
})

test('an initiator name with capitals is converted to the form that targets compare', async () => {
  const cat = 'InitiatorName = iqn.1994-05.com.redhat:ABCDEF\n'
  expect(await initiatorNameOn(here({ cat }), 'here')).toBe('iqn.1994-05.com.redhat:abcdef')
})

test('a text of /proc/drbd without a version does not hide the other versions', async () => {
  const node = here({ uname: '6.1.0-1\n', cat: 'nothing\n', crmadmin: 'Pacemaker 2.1.5\n' })
  expect(await softwareVersions(node, 'here')).toEqual(['kernel 6.1.0-1', 'Pacemaker 2.1.5'])
})
