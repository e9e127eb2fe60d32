import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { scansDrbd } from '../../../../cli/cluster/examine/lvm-filter.ts'
import { MODULES, QUESTIONS } from '../../../../cli/cluster/examine/questions.ts'
import { alertElement } from '../../../../cloud/alerts/alerts.ts'
import { generatedChap } from '../../../../cloud/chap-files.ts'
import { patchText } from '../../../../cloud/cib/patch.ts'
import { vserverCreations } from '../../../../cloud/cib/vservers/patches.ts'
import type { Cloud } from '../../../../cloud/cloud.ts'
import { type Element, element, parseXml } from '../../../../cloud/xml.ts'
import { SAVED_TARGET_FILES } from '../../../../system/lio/saveconfig.ts'
import { ALERT_PATH } from '../../../../system/pacemaker/alert-recipient.ts'
import { type FakeCluster, fakeCluster, isReading, node } from '../../../fake/cluster/cluster.ts'
import { file } from '../../../fake/tree.ts'
import { edited, withChildren, withMembership, withMeta, withNodeAttribute, withoutId } from '../../cloud/cib.ts'
import { c0, web0 } from '../../cloud/examples.ts'
import { patched } from '../../cloud/pacemaker.ts'
import { run } from '../call.ts'
import { fenced } from '../storage/fence.ts'
import { like } from './like.ts'

const RECORDED = readFileSync(new URL('../../../fixtures/examination/debian-12.txt', import.meta.url), 'utf8')
  // an administrator who has followed the advice
  .replace('global_filter=["a|.*|"]', 'global_filter=["r|^/dev/drbd|"]')
  .replace(/^After=$/m, 'After=iscsid.service open-iscsi.service blk-availability.service')

const NOTHING = 'no errors or warnings'
const names = ['node1', 'node2', 'node3']
const cloud = { ...c0, initiators: names.map(name => `iqn.2026-01.org.vhacs:${name}`) }

/** Three healthy nodes, each of which gives the recorded answers, with its own name, time and storages. */
function healthy(clouds: readonly Cloud[] = [cloud]): FakeCluster {
  const cluster = fakeCluster(clouds)
  for (const name of names) {
    cluster.cib = withNodeAttribute(cluster.cib, name, 'vhacs-initiator', `iqn.2026-01.org.vhacs:${name}`)
    examined(cluster, name, text => text)
  }
  return cluster
}

function examined(cluster: FakeCluster, name: string, change: (text: string) => string): void {
  const { system } = node(cluster, name)
  system.tools.set('sh', (args, { input = '' }) => {
    cluster.ran.push({ node: name, words: ['sh', ...args] })
    const isOfC0 = c0.storageNodes.includes(name)
    const others = names.filter(other => other !== name)
    const own = RECORDED.replaceAll(/^== (date|later)\n.*$/gm, `== $1\n${system.now() / 1000}`)
      .replace('vhacs:node2', `vhacs:${name}`)
      .replace('== name\nnode2', `== name\n${name}`)
      .replace(/(?<=== volumes\n).*\n/, isOfC0 ? '$&' : '')
      .replace('c0.res\n', isOfC0 ? '$&' : '')
      .replace(/(?<=== fences\n)[^=]*/, others.map(other => `${other} sbd\n`).join(''))
    if (input.includes('section date')) return { status: 0, stdout: change(own) }
    return input.includes('stonith_admin --query') ? 0 : 2
  })
}

test('a healthy cluster has no errors or warnings (0)', async () => {
  expect(await run(healthy().system, 'cluster -c')).toEqual({ status: 0, stdout: [NOTHING], stderr: [] })
})

test('a note is not a warning', async () => {
  const cluster = healthy([{ ...cloud, mountOptions: 'nosuid' }])
  cluster.cib = patched(cluster.cib, patchText(vserverCreations(web0, cloud))).cib
  const { status, stdout } = await run(cluster.system, 'cluster -c')
  expect({ status, lines: stdout.slice(0, 2) }).toEqual({
    status: 0,
    lines: [NOTHING, expect.stringMatching(/^note: cluster: c0 is mounted with nosuid/)],
  })
})

test('what nodes remember of a service address, but have not seen lately, is not a finding', async () => {
  const cluster = healthy()
  const remembered = '"dst":"10.77.1.100","dev":"eth1","lladdr":"52:54:00:77:01:02","state":["REACHABLE"]'
  const before = remembered.replace('01:02', '01:09').replace('REACHABLE', 'STALE')
  for (const name of names) examined(cluster, name, text => text.replace(remembered, before))
  expect(await run(cluster.system, 'cluster -c')).toEqual({ status: 0, stdout: [NOTHING], stderr: [] })
})

test('an examination searches for saved targets in the places of targetcli, on Debian and elsewhere', () => {
  for (const path of SAVED_TARGET_FILES) expect(QUESTIONS).toContain(path)
})

test('an invalid time of one node does not affect the findings about other clocks', async () => {
  const cluster = healthy()
  examined(cluster, 'node2', text => text.replaceAll(/(?<=== (?:date|later)\n).*/g, '1764365078.%N'))
  expect(await run(cluster.system, 'cluster -c')).toEqual({ status: 0, stdout: [NOTHING], stderr: [] })
})

test.each<[string, (text: string) => string, string]>([
  ['while one node is accepted', text => text.replace('S_NOT_DC', 'S_PENDING'), 'node2 node3'],
  ['where Pacemaker does not answer', text => text.replace('S_NOT_DC\n', ''), 'node1 node2 node3'],
])('nothing is said of a missing coordinator %s', async (_, change, where) => {
  const cluster = healthy()
  for (const name of where.split(' ')) examined(cluster, name, change)
  expect(await run(cluster.system, 'cluster -c')).toEqual({ status: 0, stdout: [NOTHING], stderr: [] })
})

test('units and tools that were not queried are in no advice', async () => {
  const cluster = healthy()
  const lie = 'x;reboot enabled\nconstructor enabled\n'
  examined(cluster, 'node2', text =>
    text.replace('== units\n', `== units\n${lie}`).replace('== tools\n', `== tools\n${lie}`),
  )
  expect(await run(cluster.system, 'cluster -c')).toEqual({ status: 0, stdout: [NOTHING], stderr: [] })
})

test.each([
  ['shows no secret', / +shared-secret {3}"examined";\n/],
  ['has no connection', / +net \{[^}]*\}\n +_remote_host \{[^}]*\}\n/],
  ['has not the resource', /(?<=== applied\n)resource c0/],
  ['is not loaded', /(?<=== applied\n)[^=]*/],
])('a kernel that %s says nothing of its secret', async (_, part) => {
  const cluster = healthy()
  examined(cluster, 'node2', text => {
    expect(text).toMatch(part)
    return text.replace(part, found => (found === 'resource c0' ? 'resource c1' : ''))
  })
  expect(await run(cluster.system, 'cluster -c')).toEqual({ status: 0, stdout: [NOTHING], stderr: [] })
})

test('nodes that lack the program of the alert are named', async () => {
  const cluster = healthy()
  const withAlert = (path: string) =>
    edited(cluster.cib, found =>
      found.name === 'constraints'
        ? [found, element('alerts', {}, [alertElement({ path, recipients: ['log'] })])]
        : undefined,
    )
  const before = cluster.cib
  cluster.cib = withAlert(ALERT_PATH)
  for (const name of names.slice(1))
    examined(cluster, name, text => text.replace('== agents\n', `== agents\n${ALERT_PATH}\n`))
  const { stdout } = await run(cluster.system, 'cluster -c')
  expect(stdout.filter(line => line.startsWith('warning'))).toEqual([
    `warning: ${names[0]}: it reports no events of the cluster: ${ALERT_PATH} is not installed`,
  ])
  cluster.cib = before
  cluster.cib = withAlert('/other')
  expect((await run(cluster.system, 'cluster -c')).stdout[0]).toBe(
    'warning: cluster: the alert vhacs-alert runs /other',
  )
})

test('a check changes nothing', async () => {
  const cluster = healthy()
  await run(cluster.system, 'cluster -c')
  expect(cluster.ran.filter(command => !isReading(command) && command.words[0] !== 'sh')).toEqual([])
})

function setAttribute(cluster: FakeCluster, name: string, attribute: string, value: string): void {
  cluster.cib = withNodeAttribute(cluster.cib, name, attribute, value)
}

/** Of every name-value pair of that name. */
function setValue(cluster: FakeCluster, name: string, value: string): void {
  cluster.cib = edited(cluster.cib, found =>
    found.attributes.name === name ? [{ ...found, attributes: { ...found.attributes, value } }] : undefined,
  )
}

function remove(cluster: FakeCluster, isMeant: (found: Element) => boolean): void {
  cluster.cib = edited(cluster.cib, found => (isMeant(found) ? [] : undefined))
}

function setProperties(cluster: FakeCluster, values: Readonly<Record<string, string>>): void {
  const pairs = Object.entries(values).map(([name, value]) => element('nvpair', { id: `options-${name}`, name, value }))
  cluster.cib = edited(cluster.cib, found =>
    found.attributes.id === 'options' ? [{ ...found, children: [...found.children, ...pairs] }] : undefined,
  )
}

type Change = (text: string) => string

const replace =
  (old: string | RegExp, text: string): Change =>
  said =>
    said.replace(old, text)

const replaceAll =
  (...pairs: readonly (readonly [string | RegExp, string])[]): Change =>
  said =>
    pairs.reduce((text, [old, other]) => text.replace(old, other), said)

const add = (section: string, text: string) => replace(`== ${section}\n`, `== ${section}\n${text}\n`)

const without = (text: string | RegExp) => replace(text, '')

/** The difference on node2: the only finding, and a part of the advice. */
const ON_A_NODE: readonly (readonly [string, Change, string])[] = [
  ['error: node2: iscsiadm is not installed', add('tools', 'iscsiadm'), 'apt-get install open-iscsi'],
  ['error: node2: agents not installed: lio-iblock', without('lio-iblock\n'), 'same version of VHACS'],
  [
    'error: node2: handlers of DRBD not installed: /usr/lib/vhacs/unfence-peer',
    without('/usr/lib/vhacs/unfence-peer\n'),
    'same version of VHACS',
  ],
  ['error: node2: the agent IPaddr2 is not installed', without(/^\/usr.*IPaddr2\n/m), 'resource-agents'],
  ['error: node2: the kernel has no module iscsi_target_mod', without('iscsi_target_mod\n'), 'linux-image'],
  [
    'error: node2: the kernel has no module drbd',
    replaceAll([/(?<=^== modules\n)drbd\n/m, ''], [/(?<=^== kernels\n)/m, `6.1.0-9-amd64 drbd\n6.1.0-45-amd64 drbd\n`]),
    'reboot the node into the installed kernel 6.1.0-45-amd64, which has it, while it is in standby',
  ],
  [
    'warning: node2: the loaded module drbd is version 8.4.11, but the one on disk is 8.4.12, which the next boot loads',
    replace('== drbd\n8.4.11', '== drbd\n8.4.12'),
    'vhacs node --standby',
  ],
  [
    'error: node2: the module drbd is version 8.4.11, but node-id is for DRBD 9: /etc/drbd.d/c0.res',
    replace('on node2 {\n', 'on node2 {\n \t\tnode-id 1;\n'),
    'vhacs storage --setdrbd c0, then convert the meta-data',
  ],
  [
    'error: node2: the module drbd is version 8.4.11, but fencing in "net" is for DRBD 9: /etc/drbd.d/c0.res',
    replace('fencing resource-and-stonith;\n \t}', '}\n \tnet {\n \t\tfencing resource-and-stonith;\n \t}'),
    'vhacs storage --setdrbd c0, then convert the meta-data',
  ],
  [
    'error: node2: the modules of the running kernel 6.1.0-44-amd64 are gone from /lib/modules: iscsi_tcp cannot be loaded …',
    replaceAll(
      [/^(== kernel\n.*\n).*\n/m, '$16.1.0-9-amd64\n6.1.0-45-amd64\n'],
      [
        /(?<=^== kernels\n)/m,
        ['6.1.0-9-amd64', '6.1.0-45-amd64'].map(kernel => `${kernel} ${MODULES.join(' ')}\n`).join(''),
      ],
      [/(?<=^== modules\n)[^=]*/m, ''],
      [/(?<=iscsi_target_mod\n)iscsi_tcp\n(?=ext4\n== drbd)/, ''],
    ),
    'reboot the node into the installed kernel 6.1.0-45-amd64, while it is in standby',
  ],
  [
    'warning: node2: the modules of the running kernel 6.1.0-44-amd64 are gone …; those that VHACS needs are loaded',
    replaceAll([/^(== kernel\n.*\n).*\n/m, '$1'], [/(?<=^== modules\n)[^=]*/m, '']),
    'apt-get install linux-image-amd64',
  ],
  ['error: node2: …STORAGE_IFNAME is missing…', without(/^STORAGE_IFNAME.*$/m), 'vhacs(8)'],
  ['error: node2: interface eth9 of … does not exist', replace('= "eth3"', '= "eth9"'), 'correct'],
  [
    'error: node2: interface eth1 of … has no carrier',
    replace(/("ifname":"eth1","flags":\[[^\]]*),"LOWER_UP"/, '$1'),
    'cable',
  ],
  [
    'error: node2: interface eth1 of … is down',
    replace(/("ifname":"eth1","flags":\[[^\]]*)"UP","LOWER_UP"/, '$1"DOWN"'),
    'ip link set up',
  ],
  [
    'error: node2: interface eth3 of … has no address',
    replace(/("local":"10\.77\.3\.2"[^}]*"scope":")global/, '$1link'),
    'give it one',
  ],
  ['error: node2: /etc/iscsi/initiatorname.iscsi has no InitiatorName…', without(/^InitiatorName.*$/m), 'iscsi-iname'],
  [
    'error: node2: target.service is enabled: at boot it starts saved targets…',
    replace('target.service \n', 'target.service enabled\n'),
    'systemctl disable target.service',
  ],
  ...SAVED_TARGET_FILES.map((file): [string, Change, string] => [
    `warning: node2: ${file} has saved targets, …`,
    add('saved', file),
    'remove',
  ]),
  ['warning: node2: LVM scans DRBD devices, …', replace('r|^/dev/drbd|', 'a|.*|'), 'global_filter'],
  ['warning: node2: LVM scans DRBD devices, and …', replace('r|^/dev/drbd|', 'a|/dev/drbd.*|'), '[ "r|^/dev/drbd|" ]'],
  [
    'error: node2: has the storage role, but no volume group vhacs',
    replace('== groups\n  vhacs\n', '== groups\n'),
    'vgcreate vhacs',
  ],
  [
    'error: node2: storage c0 should have its data here, but its volume is missing',
    without(/^ *vhacs c0.*\n/m),
    'vhacs storage --replace c0 --from node2',
  ],
  ['error: node2: storage c0 … but /etc/drbd.d/c0.res is missing', without('c0.res\n'), 'copy it from the other node'],
  [
    'warning: cluster: the replacement of the side of c0 on node1, by one on node2, was begun and is not complete',
    replace(/^ *vhacs c0.*$/m, '  vhacs c0 vhacs_replace_node1'),
    'vhacs storage --replace c0 --from node1 --to node2 (I/O continues)',
  ],
  [
    'warning: node2: the volume vhacs/old and /etc/drbd.d/old.res belong to no storage of this node',
    replaceAll(['== volumes\n', '== volumes\n  vhacs old\n'], ['c0.res', 'c0.res\nold.res']),
    'lvremove vhacs/old',
  ],
  [
    'warning: node2: the volume other/old belongs to no storage of this node',
    add('volumes', '  other old vhacs_create_1795401000000'),
    'lvremove other/old',
  ],
  [
    'warning: node2: /etc/drbd.d/old.res belongs to no storage of this node',
    replaceAll(
      ['c0.res\n', 'c0.res\nold.res\n'],
      ['== replication', '/etc/drbd.d/old.res\n # Made by vhacs for the cloud old.\n== replication'],
    ),
    'rm /etc/drbd.d/old.res',
  ],
  [
    'error: node2: iscsid is not running, but there are 2 iSCSI sessions: one that breaks, as in a failover, is not logged in again',
    without('== iscsid\nS\nS\n'),
    'run "systemctl restart iscsid" there',
  ],
  [
    'error: node2: iscsid is not running, but there is an iSCSI session: …',
    replaceAll(['session2\n', ''], ['== iscsid\nS\nS\n', '== iscsid\nZ\n']),
    'run "systemctl restart iscsid" there',
  ],
  [
    'error: node2: iscsid was stopped by a signal, but there are 2 iSCSI sessions: …',
    replace('== iscsid\nS\nS\n', '== iscsid\nT\n'),
    'run "systemctl restart iscsid" there',
  ],
  ['error: cluster: node1, node2 have the same initiator name…', replace('vhacs:node2', 'vhacs:node1'), 'iscsi-iname'],
  [
    'error: cluster: the nodes have different versions of VHACS: 0.1.0, 0.2.0',
    replace('0.1.0', '0.2.0'),
    'same version of VHACS',
  ],
  [
    'warning: cluster: the nodes have different versions of Pacemaker: 2.1.5, 2.1.6',
    replace('2.1.5', '2.1.6'),
    'same version of Pacemaker',
  ],
  ['error: node2: its own host name is alpha', replace('== name\nnode2', '== name\nalpha'), 'uname'],
  [
    'error: node2: cannot resolve the name node1',
    replaceAll(['== names\n', '== names\nnode1\n'], ['== ssh\n', '== ssh\nnode1\n']),
    'hosts',
  ],
  ['warning: node2: cannot reach node1 by ssh', add('ssh', 'node1'), 'ssh root@node1 true'],
  [
    'warning: node2: ssh does not verify the host keys of node1, node3: StrictHostKeyChecking is off',
    replace('== ring\n', '== unchecked\nnode1\nnode3\n== ring\n'),
    'ssh_known_hosts',
  ],
  [
    'error: cluster: /etc/corosync/corosync.conf is not the same on all nodes',
    replace('version: 2', 'version: 2\n\ttoken: 1000'),
    'corosync-cfgtool -R',
  ],
  [
    "warning: node2: corosync's link 1 from 10.77.1.2 to 10.77.1.1 is not connected",
    replace('10.77.1.1) enabled connected', '10.77.1.1) enabled disconnected'),
    'cable',
  ],
  ['error: node2: sbd is not running: sbd cannot fence it', replace('sbd active', 'sbd failed'), 'enable sbd'],
  ["error: node2: has no slot on sbd's disk: sbd cannot fence it", without('0\tnode2\tclear\t\n'), 'default/sbd'],
  [
    'warning: node2: at shutdown iscsid.service may stop before Pacemaker, …',
    without('iscsid.service'),
    'After=iscsid.service"',
  ],
  [
    'warning: node2: at shutdown iscsid.service … may stop before Pacemaker, …: systemd has not read its units again …',
    replace(
      /(== order\n)After=[^\n]*\n\nAfter=[^\n]*\n/,
      '$1After=\nNeedDaemonReload=yes\n\nAfter=corosync.service\nNeedDaemonReload=no\n',
    ),
    'systemctl daemon-reload',
  ],
  [
    'warning: node2: at shutdown blk-availability.service may stop before Pacemaker, …',
    without('blk-availability.service'),
    'After=blk-availability.service"',
  ],
  [
    'error: node2: /etc/drbd.d/c0.res: its device is /dev/drbd7, but the cluster exports /dev/drbd0',
    replace('device /dev/drbd0', 'device /dev/drbd7'),
    'minor',
  ],
  [
    'error: node2: …c0.res: its disk is /dev/vhacs/c1, but the cluster activates /dev/vhacs/c0',
    replace('disk /dev/vhacs/c0', 'disk /dev/vhacs/c1'),
    'other node',
  ],
  [
    'error: node2: …c0.res: DRBD configuration: … is never closed',
    replace(' }\n== replication', '== replication'),
    'other node',
  ],
  [
    'error: cluster: …c0.res has …node1 10.77.3.1:7800, … on node1, but …node1 10.77.1.1:7800, … on node2',
    replace('10.77.3.1:7800', '10.77.1.1:7800'),
    'drbdadm adjust c0',
  ],
  [
    'warning: cluster: the replication of c0 is not authenticated: /etc/drbd.d/c0.res has no shared-secret',
    replace(' \t\tshared-secret "examined";\n', ''),
    'vhacs storage --setsecret c0',
  ],
  [
    'warning: cluster: the replication of c0 is not authenticated: …',
    replace(' \t\tcram-hmac-alg sha256;\n', ''),
    'vhacs storage --setsecret c0',
  ],
  [
    'error: cluster: /etc/drbd.d/c0.res has another shared-secret on node1 than on node2: they cannot connect',
    replace('examined', 'other'),
    'vhacs storage --setsecret c0',
  ],
  [
    'error: cluster: DRBD of c0 does not use the shared-secret of /etc/drbd.d/c0.res on node2: the two sides cannot …',
    replace('  shared-secret   "examined";', '  shared-secret   "before";'),
    'vhacs storage --setsecret c0 (I/O goes on)',
  ],
  [
    'error: cluster: DRBD of c0 does not use the shared-secret of /etc/drbd.d/c0.res on node2: …',
    replace(/ +net \{\n +cram-hmac-alg {3}"sha256";\n +shared-secret {3}"examined";\n +\}\n/, ''),
    'vhacs storage --setsecret c0 (I/O goes on)',
  ],
  [
    'warning: cluster: the storage network of c0 has a router (reached through eth1 of node2): without CHAP, …',
    replace('"default","gateway":"10.0.2.2","dev":"eth0"', '"default","gateway":"10.77.1.254","dev":"eth1"'),
    'vhacs storage --setchap c0 --interrupt',
  ],
  [
    'warning: cluster: the storage network of c0 has a router (reached through eth1 of node2)…',
    replace(/(?<=== routes\n\[)/, '{"dst":"10.9.0.0/16","gateway":"10.77.1.254","dev":"eth1","flags":[]},'),
    'use a dedicated network',
  ],
  [
    'warning: cluster: the storage network of c0 has a router (reached through eth1 of node2)…',
    replace(/(?<=== routes\n\[)/, '{"dst":"default","metric":9,"nexthops":[{"gateway":"10.77.1.254","dev":"eth1"}]},'),
    'use a dedicated network',
  ],
  [
    'warning: cluster: the storage network of c0 has a router (reached through eth1 of node2)…',
    replace('"dst":"fe80::/64","dev":"eth1"', '"dst":"default","gateway":"fe80::1","dev":"eth1"'),
    'use a dedicated network',
  ],
  [
    'error: node2: 02:00:00:00:00:99, which is not node1, answers at 10.77.1.100, the service address of c0',
    replace(
      '"dst":"10.77.1.100","dev":"eth1","lladdr":"52:54:00:77:01:02"',
      '"dst":"10.77.1.100","dev":"eth1","lladdr":"02:00:00:00:00:99"',
    ),
    'find the host with that hardware address',
  ],
  [
    'warning: node2: /etc/vhacs/chap/old is the secret of no storage',
    add('secrets', 'old'),
    'if no creation is in progress: rm /etc/vhacs/chap/old',
  ],
  ['warning: node2: its routes cannot be read: expected JSON…', add('routes', 'Welcome'), 'ip -json route'],
  [
    "warning: cluster: /etc/drbd.d/c0.res on node2 calls DRBD's crm-fence-peer.sh, not the handler of VHACS",
    replace('"/usr/lib/vhacs/fence-peer"', '"/usr/lib/drbd/crm-fence-peer.sh"'),
    'vhacs storage --sethandlers c0 (I/O continues)',
  ],
  [
    'warning: node2: its clock is not synchronised: no time service is running',
    replace('synchronised=yes\nchrony\nchronyd', 'synchronised=no'),
    'chrony',
  ],
  [
    'warning: node2: its time service has not synchronised its clock',
    replace('synchronised=yes', 'synchronised=no'),
    'chronyc sources',
  ],
  [
    "warning: node2: its clock is at least 30 s ahead of another node's",
    text => text.replaceAll(/(?<=== (?:date|later)\n)(.*)/g, seconds => String(Number(seconds) + 30)),
    'chrony',
  ],
  [
    'error: node2: /etc/vhacs.conf: SERVICE_ADDRESSES: "10.77.1.100-10.77.1.199" is not a range…',
    replace('10.77.1.199/24', '10.77.1.199'),
    'vhacs(8)',
  ],
  [
    'warning: cluster: the nodes have different SERVICE_ADDRESSES: node1 10.77.1.100-10.77.1.199/24, node2 …',
    replace('10.77.1.199/24', '10.77.1.150/24'),
    '/etc/vhacs.conf on all nodes',
  ],
  [
    'error: node2: …line 3: REPLICATON_IFNAME is not a known setting: did you mean REPLICATION_IFNAME?',
    replace('REPLICATION_IFNAME', 'REPLICATON_IFNAME'),
    'vhacs(8)',
  ],
  [
    'error: node2: its initiator iqn.2026-01.org.vhacs:renamed is not in the ACL of c0',
    replace('vhacs:node2', 'vhacs:renamed'),
    'vhacs node --setrole vhost node2',
  ],
  [
    'warning: node2: the file system of /etc/iscsi is full; new node records are created in /run',
    text => text.replace('/etc/iscsi 402113 ', '/etc/iscsi 12 '),
    'free space ("df /etc/iscsi", "du -x")',
  ],
  [
    'error: node2: port 3260 of 0.0.0.0 is held by process 417 (tgtd): no target can listen there',
    text =>
      text.replace('== listeners\n', '== listeners\nLISTEN 0 5 0.0.0.0:3260 0.0.0.0:* users:(("tgtd",pid=417,fd=6))\n'),
    'stop and disable the service',
  ],
  [
    `error: node2: there is a target ${c0.iqn}, although Pacemaker does not run c0-target here`,
    text => text.replace('discovery_auth\n', `discovery_auth\n${c0.iqn}\n`),
    'crm_resource --refresh -r c0-target -N node2',
  ],
]

/** The difference in the cluster or its CIB, and the only finding. */
const IN_THE_CLUSTER: readonly (readonly [string, (cluster: FakeCluster) => void])[] = [
  ['error: cluster: fencing is disabled: …', cluster => setValue(cluster, 'stonith-enabled', 'false')],
  [
    'error: cluster: there is no fencing device: …',
    cluster => remove(cluster, ({ attributes }) => attributes.class === 'stonith'),
  ],
  [
    'error: cluster: the fencing device sbd is not running',
    cluster => {
      cluster.fences = () => []
    },
  ],
  [
    'error: cluster: the fencing device sbd is not running',
    cluster => {
      cluster.fences = () => []
      cluster.starting = () => ['sbd']
    },
  ],
  [
    'error: cluster: fencing is disabled: …',
    cluster => setProperties(cluster, { 'dc-version': '3.0.2-1', 'fencing-enabled': 'false' }),
  ],
  [
    'error: cluster: the cluster is in maintenance mode: …',
    cluster => setProperties(cluster, { 'maintenance-mode': 'true' }),
  ],
  [
    'warning: cluster: no-quorum-policy is ignore: …',
    cluster => setProperties(cluster, { 'no-quorum-policy': 'ignore' }),
  ],
  ['warning: cluster: cluster-ipc-limit is 5: …', cluster => setProperties(cluster, { 'cluster-ipc-limit': '5' })],
  ['warning: node3: is in standby: …', cluster => setAttribute(cluster, 'node3', 'standby', 'on')],
  [
    'error: cluster: c0 is not mounted at /srv/c0: c0-session, c0-filesystem not running',
    cluster => {
      const all = cluster.active()
      cluster.active = () => all.filter(({ id }) => id !== 'c0-session' && id !== 'c0-filesystem')
    },
  ],
  [
    "error: cluster: c0 can run on the data of node1 alone: DRBD's fence constraint drbd-fence-by-handler-c0…",
    cluster => {
      fenced(cluster)
    },
  ],
  [
    'error: node3: its initiator iqn.2026-01.org.vhacs:node3 is not in the ACL of c0',
    cluster => setValue(cluster, 'allowed_initiators', cloud.initiators.slice(0, 2).join(' ')),
  ],
  [
    'warning: cluster: the cluster has no name: new storages have the same IQN …',
    cluster => remove(cluster, ({ attributes }) => attributes.name === 'cluster-name'),
  ],
  [
    "warning: cluster: the cluster has the package's default name, debian: new storages have the same IQN …",
    cluster => setValue(cluster, 'cluster-name', 'debian'),
  ],
  [
    'error: cluster: no node coordinates the cluster, so nothing is started, moved or recovered: node1, node2 and node3 wait for a coordinator',
    cluster => {
      for (const name of names) examined(cluster, name, text => text.replace('S_NOT_DC', 'S_PENDING'))
    },
  ],
  [
    'error: node3: is offline',
    cluster => {
      cluster.cib = withMembership(cluster.cib, 'node3', 'left')
    },
  ],
  [
    'error: node3: is offline, and the cluster has been running without it since its start',
    cluster => {
      cluster.cib = withMembership(cluster.cib, 'node3', 'left')
      for (const name of names) examined(cluster, name, without('runtime.members.3.status (str) = joined\n'))
    },
  ],
  [
    'error: node3: /etc/corosync/corosync.conf does not name it: it has not left the cluster completely',
    cluster => {
      for (const name of names) examined(cluster, name, without(/\tnode {\n\t\tnodeid: 3\n[^}]*}\n/))
    },
  ],
  [
    'error: cluster: /etc/corosync/corosync.conf names node9, which Pacemaker does not know: it has not joined completely',
    cluster => {
      for (const name of names)
        examined(cluster, name, replace('nodelist {\n', 'nodelist {\n\tnode {\n\t\tname: node9\n\t}\n'))
    },
  ],
  [
    'error: cluster: fewer than two nodes have the storage role',
    cluster => {
      for (const name of ['node2', 'node3']) setAttribute(cluster, name, 'vhacs-storage', 'false')
    },
  ],
  [
    'warning: node2: monitor of c0-session failed: no session',
    cluster => {
      cluster.failures = [{ resource: 'c0-session', node: 'node2', action: 'monitor', reason: 'no session' }]
    },
  ],
  [
    'warning: node1: c0-drbd is degraded: no connection to the peer',
    cluster => {
      const reason = 'no connection to the peer'
      cluster.failures = [{ resource: 'c0-drbd', node: 'node1', action: 'monitor', reason, isDegraded: true }]
    },
  ],
  [
    'error: cluster: the export of c0 cannot move if node1 is lost: the constraint cli-ban-c0-export-on-node2 bans …',
    cluster => {
      const attributes = { id: 'cli-ban-c0-export-on-node2', rsc: 'c0-export', node: 'node2', score: '-INFINITY' }
      cluster.cib = withChildren(cluster.cib, 'constraints', element('rsc_location', attributes))
    },
  ],
  [
    'error: cluster: no storage can be taken over: the property stop-all-resources is set',
    cluster => setProperties(cluster, { 'stop-all-resources': 'true' }),
  ],
  [
    'error: cluster: the mount of c0 cannot move if node2 is lost: c0-mount has is-managed=false: …',
    cluster => {
      cluster.cib = withMeta(cluster.cib, 'c0-mount', 'is-managed', 'false')
    },
  ],
  [
    'error: cluster: c0 differs from what vhacs created…',
    cluster => remove(cluster, ({ attributes }) => attributes.id === 'c0-drbd-export-order'),
  ],
  [
    'error: cluster: the vserver web0 differs from what vhacs creates: the constraint web0-mount-vserver-order is missing',
    cluster => {
      const added = patched(cluster.cib, patchText(vserverCreations(web0, cloud))).cib
      cluster.cib = withoutId(added, 'web0-mount-vserver-order')
    },
  ],
]

describe('a check finds, and gives advice', () => {
  test.each(ON_A_NODE)('%s', async (finding, change, advice) => {
    const cluster = healthy()
    examined(cluster, 'node2', change)
    const { status, stdout, stderr } = await run(cluster.system, 'cluster -c')
    const isError = finding.startsWith('error')
    expect({ status, stderr }).toEqual({ status: isError ? 1 : 0, stderr: isError ? ['vhacs: 1 error found'] : [] })
    expect(stdout).toEqual([like(finding), expect.stringContaining(advice)])
  })

  test.each(IN_THE_CLUSTER)('%s', async (finding, change) => {
    const cluster = healthy()
    change(cluster)
    const { stdout } = await run(cluster.system, 'cluster -c')
    expect(stdout).toEqual([like(finding), expect.stringMatching(/^ {4}\S/)])
  })

  test('an unreachable node, and examines the others', async () => {
    const cluster = healthy()
    node(cluster, 'node2').isUp = false
    examined(cluster, 'node3', text => text.replace('iscsi_tcp\n', ''))
    const { status, stdout, stderr } = await run(cluster.system, 'cluster -c')
    expect({ status, stderr }).toEqual({ status: 1, stderr: ['vhacs: 2 errors found'] })
    expect(stdout.filter(line => line.startsWith('error'))).toEqual([
      expect.stringMatching(/^error: node2: unreachable: ssh root@node2 exited with 255/),
      'error: node3: the kernel has no module iscsi_tcp',
    ])
  })
})

describe('the secrets of CHAP', () => {
  const FILE = '/etc/vhacs/chap/c0'
  /** c0 with CHAP, in a network of others, with these files; 600 and root's, if nothing else is said. */
  const withSecrets = (files: Readonly<Record<string, { text?: string; permissions?: number; owner?: number }>>) => {
    const cluster = healthy([{ ...cloud, chap: generatedChap('c0') }])
    for (const [name, { text = 'secret-of-CHAP', ...rest }] of Object.entries(files))
      node(cluster, name).system.put(FILE, { ...file(text), permissions: 0o600, ...rest })
    return cluster
  }
  const everywhere = { node1: {}, node2: {}, node3: {} }

  test('that are on all nodes are not a finding, nor is a router in the storage network then', async () => {
    const cluster = withSecrets(everywhere)
    examined(cluster, 'node1', text =>
      text.replace('10.0.2.2","dev":"eth0"', '10.77.1.254","dev":"eth1"').replace('== secrets\n', '== secrets\nc0\n'),
    )
    expect((await run(cluster.system, 'cluster -c')).stdout).toEqual([NOTHING])
  })

  test.each<[string, Parameters<typeof withSecrets>[0], string, string]>([
    [
      'are missing on a vhost',
      { node1: {}, node2: {} },
      `error: node3: ${FILE}, the CHAP secret of c0, does not exist: c0 cannot start here`,
      'vhacs storage --setchap c0 (copies it; I/O continues)',
    ],
    [
      'can be read by others',
      { ...everywhere, node2: { permissions: 0o640 } },
      `error: node2: ${FILE}, the CHAP secret of c0, is accessible to users other than its owner: c0 cannot …`,
      `run "chown root ${FILE}; chmod 600 ${FILE}"`,
    ],
    [
      'belong to a user',
      { ...everywhere, node2: { owner: 1000 } },
      `error: node2: ${FILE}, the CHAP secret of c0, is not owned by root: c0 cannot …`,
      'chown root',
    ],
    [
      'differ',
      { ...everywhere, node3: { text: 'another-secret' } },
      `error: cluster: ${FILE}, the CHAP secret of c0, is not the same on node1, node2 and on node3: …`,
      'scp -p',
    ],
  ])('that %s are named', async (_, files, finding, advice) => {
    const { stdout } = await run(withSecrets(files).system, 'cluster -c')
    expect(stdout).toEqual([like(finding), expect.stringContaining(advice)])
  })

  test('that are on no node must be written by hand', async () => {
    const { stdout } = await run(withSecrets({}).system, 'cluster -c')
    expect(stdout.filter(line => line.includes('write the secret to it on node1, node2, node3'))).toHaveLength(3)
  })

  test('appear in no output, nor do their digests', async () => {
    const cluster = withSecrets({ ...everywhere, node3: { text: 'another-secret' } })
    const { stdout, stderr } = await run(cluster.system, 'cluster -c -V 2')
    const all = [...stdout, ...stderr].join('\n')
    expect(all).toContain('sha256sum')
    for (const text of ['secret-of-CHAP', 'another-secret']) {
      expect(all).not.toContain(text)
      expect(all).not.toContain(hash('sha256', text))
    }
  })
})

describe('a node that the others cannot reach by ssh', () => {
  const unreached = (cluster: FakeCluster) => {
    for (const name of ['node1', 'node3']) examined(cluster, name, text => text.replace('== ssh\n', '== ssh\nnode2\n'))
  }
  const notReached = (lines: readonly string[]) => lines.filter(line => line.includes('cannot reach node2 by ssh'))

  test('is not reported when it is also unreachable for us and the cluster', async () => {
    const cluster = healthy()
    unreached(cluster)
    node(cluster, 'node2').isUp = false
    cluster.cib = withMembership(cluster.cib, 'node2', 'left')
    const { stdout } = await run(cluster.system, 'cluster -c')
    expect(notReached(stdout)).toEqual([])
    expect(stdout).toContain('error: node2: is offline')
  })

  test.each([
    ['we can reach it', (cluster: FakeCluster) => (cluster.cib = withMembership(cluster.cib, 'node2', 'left'))],
    ['the cluster can reach it', (cluster: FakeCluster) => (node(cluster, 'node2').isUp = false)],
  ])('is reported when %s', async (_, lose) => {
    const cluster = healthy()
    unreached(cluster)
    lose(cluster)
    expect(notReached((await run(cluster.system, 'cluster -c')).stdout)).toHaveLength(2)
  })
})

describe('a storage that is not in sync', () => {
  const sides = async (states: readonly [string, string], hasMark = false) => {
    const cluster = healthy()
    if (hasMark) node(cluster, 'node1').system.put('/run/vhacs/split-brain-c0', '')
    for (const [index, state] of states.entries()) {
      const name = `node${index + 1}`
      examined(cluster, name, text => text.replace(/ 0: cs:.*/, ` 0: cs:${state} C r-----`))
      node(cluster, name).system.put('/proc/drbd', `version: 8.4.11\n\n 0: cs:${state} C r-----\n`)
    }
    return (await run(cluster.system, 'cluster -c')).stdout
  }

  test('is a warning during a resync', async () => {
    expect(
      await sides([
        'SyncSource ro:Primary/Secondary ds:UpToDate/Inconsistent',
        'SyncTarget ro:Secondary/Primary ds:Inconsistent/UpToDate',
      ]),
    ).toEqual([
      'warning: cluster: c0 is not in sync: node1 SyncSource, UpToDate; node2 SyncTarget, Inconsistent',
      expect.stringMatching(/^ {4}wait/),
    ])
  })

  test('is an error when its nodes cannot reach each other', async () => {
    expect(
      await sides([
        'WFConnection ro:Primary/Unknown ds:UpToDate/Outdated',
        'WFConnection ro:Secondary/Unknown ds:Outdated/DUnknown',
      ]),
    ).toEqual([
      'error: cluster: c0 is not in sync: node1 WFConnection, UpToDate; node2 WFConnection, Outdated',
      expect.stringMatching(/network/),
    ])
  })

  test('is an error after a split brain, with the command that discards one side', async () => {
    expect(
      await sides(
        ['StandAlone ro:Primary/Unknown ds:UpToDate/DUnknown', 'StandAlone ro:Secondary/Unknown ds:UpToDate/DUnknown'],
        true,
      ),
    ).toEqual([expect.stringMatching(/^error: cluster: c0 has a split brain/), expect.stringMatching(/--discard NODE/)])
  })
})

test('a storage in standby may be down', async () => {
  const cluster = healthy([{ ...cloud, state: 'standby' }])
  for (const name of names) examined(cluster, name, text => text.replace(/ 0: cs:.*\n.*/, ''))
  expect((await run(cluster.system, 'cluster -c')).stdout).toEqual([NOTHING])
})

test('a storage may be in a volume group other than the default', async () => {
  const cluster = healthy([{ ...cloud, volumeGroup: 'fast' }])
  for (const name of cloud.storageNodes)
    examined(cluster, name, text =>
      text
        .replace(/^ *vhacs c0/m, '  fast c0')
        .replace('groups\n  vhacs', 'groups\n  fast')
        .replace('/vhacs/c0', '/fast/c0'),
    )
  expect((await run(cluster.system, 'cluster -c')).stdout).toEqual([NOTHING])
})

test('vgs and lvs use the same filter as elsewhere, which excludes DRBD devices', async () => {
  const cluster = healthy()
  const inputs: string[] = []
  const { system } = node(cluster, 'node2')
  const answer = system.tools.get('sh')
  system.tools.set('sh', (args, options) => {
    inputs.push(options.input ?? '')
    return answer?.(args, options) ?? 1
  })
  await run(cluster.system, 'cluster -c')
  const lines = inputs
    .join('\n')
    .split('\n')
    .filter(line => /; (vgs|lvs) /.test(line))
  expect(lines).toHaveLength(2)
  for (const line of lines)
    expect(line).toContain(`'--config' 'devices{use_devicesfile=0 scan_lvs=0 filter=["r|^/dev/drbd|"`)
})

describe('when Pacemaker relies on watchdogs', () => {
  const relying = () => {
    const cluster = healthy()
    setProperties(cluster, { 'have-watchdog': 'true', 'stonith-watchdog-timeout': '20s' })
    cluster.cib = edited(cluster.cib, ({ attributes }) => (attributes.class === 'stonith' ? [] : undefined))
    return cluster
  }

  test('no fencing device is needed', async () => {
    expect((await run(relying().system, 'cluster -c')).stdout).toEqual([NOTHING])
  })

  test.each<[string, (text: string) => string, RegExp]>([
    [
      'sbd must be running',
      text => text.replace('sbd active', 'sbd failed'),
      /^error: node2: sbd is not running: its watchdog cannot fence it$/,
    ],
    ['each node must have one', text => text.replace('i6300ESB timer', ''), /^error: node2: has no watchdog/],
  ])('%s', async (_, change, what) => {
    const cluster = relying()
    examined(cluster, 'node2', change)
    const { stdout } = await run(cluster.system, 'cluster -c')
    expect(stdout).toEqual([expect.stringMatching(what), expect.stringMatching(/^ {4}\S/)])
  })
})

test('a node for which no other node has a fencing device is an error', async () => {
  const cluster = healthy()
  for (const name of ['node2', 'node3']) examined(cluster, name, text => text.replace('node1 sbd\n', 'node1\n'))
  expect((await run(cluster.system, 'cluster -c')).stdout).toEqual([
    'error: node1: no fencing device can fence it',
    expect.stringMatching(/pcmk_host_list/),
  ])
})

test('a node for which no fencer was queried in time does not count as fenceable', async () => {
  const cluster = healthy()
  for (const name of ['node2', 'node3']) examined(cluster, name, text => text.replace('node1 sbd\n', ''))
  expect((await run(cluster.system, 'cluster -c')).stdout).toEqual([
    'error: node1: whether a fencing device can fence it is not known: Pacemaker answers too slowly',
    expect.stringMatching(/on another node, run "stonith_admin --list node1 -V"/),
  ])
})

test('DRBD files for nodes outside the cluster are errors', async () => {
  const cluster = healthy()
  for (const name of cloud.storageNodes)
    examined(cluster, name, text =>
      text.replace(/on node[12] \{\n \t\taddress 10\.77\.3\.1/, 'on node3 {\n \t\taddress 10.77.3.3'),
    )
  const { stdout } = await run(cluster.system, 'cluster -c')
  expect(stdout.filter(line => line.startsWith('error'))).toEqual(
    ['node1', 'node2'].map(
      name =>
        `error: ${name}: /etc/drbd.d/c0.res: it is for node2 and node3, but the cluster has the data on node1 and node2`,
    ),
  )
})

test('an operation with a shorter time-out than its agent requires is a warning, with the command to extend it', async () => {
  const cluster = healthy()
  cluster.cib = cluster.cib
    .replace('id="c0-drbd-promote-0s" name="promote" interval="0s" timeout="120s"', found =>
      found.replace('120s', '90s'),
    )
    .replace('id="c0-target-stop-0s" name="stop" interval="0s" timeout="60s"', found => found.replace('60s', '20000ms'))
    .replace('id="c0-filesystem-stop-0s" name="stop" interval="0s" timeout="120s"', found =>
      found.replace('120s', '5min'),
    )
  expect((await run(cluster.system, 'cluster -c')).stdout).toEqual([
    'warning: cluster: promote of c0-drbd times out after 90 s, but may need 120 s',
    `    to extend it, without an interruption: cibadmin --modify --xml-text '<op id="c0-drbd-promote-0s" timeout="120s"/>'`,
    'warning: cluster: stop of c0-target times out after 20 s, but may need 60 s',
    `    to extend it, without an interruption: cibadmin --modify --xml-text '<op id="c0-target-stop-0s" timeout="60s"/>'`,
  ])
})

test('a storage of an earlier version, which does not move when its node loses the network, is a warning', async () => {
  const cluster = healthy()
  cluster.cib = withoutId(cluster.cib, 'c0-drbd-instance_attributes-portals')
  expect((await run(cluster.system, 'cluster -c')).stdout).toEqual([
    'warning: cluster: the export of c0 stays on a node that loses its storage network: c0-drbd has no portals',
    "    to set them (the export restarts: I/O pauses for some seconds, the mount stays): crm_resource --resource c0-drbd --set-parameter portals --parameter-value '10.77.1.100:3260'",
  ])
})

test('a storage of an earlier version, whose mount would stay as well, is a warning', async () => {
  const cluster = healthy()
  cluster.cib = withoutId(cluster.cib, 'c0-linked-location')
  const [what, todo = '', ...more] = (await run(cluster.system, 'cluster -c')).stdout
  expect(what).toBe(
    'warning: cluster: the mount of c0 stays on a node that loses its storage network: the constraint c0-linked-location is missing',
  )
  const [, xml = ''] =
    /^ {4}to add it, .*: cibadmin --create --scope constraints --xml-text '(<rsc_location .*)'$/.exec(todo) ?? []
  expect(parseXml(xml)).toMatchObject({ attributes: { id: 'c0-linked-location', rsc: 'c0-mount' } })
  expect(more).toEqual([])
})

test('a fencing device that is started, but does not answer, is an error', async () => {
  const cluster = healthy()
  const { system } = node(cluster, 'node1')
  const others = system.tools.get('sh')
  system.tools.set('sh', (args, options) =>
    options.input?.includes('stonith_admin --query') ? { status: 0, stdout: 'sbd\n' } : (others?.(args, options) ?? 1),
  )
  expect((await run(cluster.system, 'cluster -c')).stdout).toEqual([
    'error: cluster: the fencing device sbd is started, but does not answer',
    expect.stringContaining('stonith_admin --query sbd -V'),
  ])
})

test.each<[string, Change, string]>([
  ['fence_legacy cannot run', text => text.replace('fence_legacy-runs', ''), 'python3-pacemaker'],
  ['stonith is not installed', text => text.replace('/usr/sbin/stonith\n', ''), 'cluster-glue'],
])('a node where %s cannot fence by an external device', async (what, change, name) => {
  const cluster = healthy()
  examined(cluster, 'node2', change)
  expect((await run(cluster.system, 'cluster -c')).stdout).toEqual([
    `error: node2: ${what}: sbd cannot fence from it`,
    `    apt-get install ${name}; then run "crm_resource --cleanup -r sbd"`,
  ])
})

test('without external devices, a node does not need their requirements', async () => {
  const cluster = healthy()
  cluster.cib = cluster.cib.replace('type="external/sbd"', 'type="fence_sbd"')
  for (const name of names) examined(cluster, name, text => text.replace('fence_legacy-runs', ''))
  expect((await run(cluster.system, 'cluster -c')).stdout).toEqual([NOTHING])
})

test('a Pacemaker before 3.0.2 ignores the new names of its properties', async () => {
  const cluster = healthy()
  setProperties(cluster, { 'dc-version': '2.1.5-a3f44794f94', 'fencing-enabled': 'false' })
  expect((await run(cluster.system, 'cluster -c')).stdout).toEqual([NOTHING])
})

test('the advice names the property that disables fencing', async () => {
  const cluster = healthy()
  setProperties(cluster, { 'dc-version': '3.0.2', 'fencing-enabled': 'false' })
  expect((await run(cluster.system, 'cluster -c')).stdout[1]).toContain(
    'crm_attribute --name fencing-enabled --update true',
  )
})

test('a fencing device may have its agent from a template', async () => {
  const cluster = healthy()
  cluster.cib = edited(cluster.cib, ({ name, attributes: { id = '', ...agent }, children }) =>
    name === 'primitive' && agent.class === 'stonith'
      ? [element('template', { id: 'fence', ...agent }), element(name, { id, template: 'fence' }, children)]
      : undefined,
  )
  expect(cluster.cib).toContain('template="fence"')
  cluster.fences = () => ['sbd']
  expect((await run(cluster.system, 'cluster -c')).stdout).toEqual([NOTHING])
})

test('a fencing device may be banned from the node that it fences', async () => {
  const cluster = healthy()
  // of node2, node1 knows a device and node3 none
  examined(cluster, 'node3', text => text.replace('node2 sbd\n', 'node2\n'))
  expect((await run(cluster.system, 'cluster -c')).stdout).toEqual([NOTHING])
})

test.each<[string, string, boolean]>([
  ['nothing is rejected', '["a|.*|"]', true],
  ['all that is not accepted is rejected', '["a|^/dev/sd|","r|.*|"]', false],
  ['a name of theirs is accepted before', '["a|by-res|","r|^/dev/drbd|"]', true],
  ['the rejection comes too late', '["a|.*|","r|^/dev/drbd|"]', true],
  ['another delimiter is used', '["r/drbd[0-9]+/","r{by-(res|disk)}"]', false],
])("LVM's own rules decide whether it scans DRBD: %s", (_, filter, isScanning) => {
  const sections = new Map([['filter', `global_filter=${filter}\nuse_devicesfile=0`]])
  expect(scansDrbd({ sections })).toBe(isScanning)
})

test('with a devices file, LVM scans the devices in it, regardless of its filters', () => {
  const sections = new Map([['filter', 'global_filter=["a|.*|"]\nuse_devicesfile=1']])
  expect(scansDrbd({ sections })).toBe(false)
})

test('a node without the vhost role may stop iscsid and blk-availability at any time', async () => {
  const cluster = healthy()
  cluster.cib = withNodeAttribute(cluster.cib, 'node1', 'vhacs-vhost', 'false')
  examined(cluster, 'node1', text => text.replace(/^After=iscsid.*/m, 'After='))
  expect((await run(cluster.system, 'cluster -c')).stdout).toEqual([NOTHING])
})

test('links to a node that is down are not reported', async () => {
  const cluster = healthy()
  examined(cluster, 'node2', text =>
    text.replace('1 reachable', '1 unreachable').replaceAll('enabled connected', 'enabled disconnected'),
  )
  expect((await run(cluster.system, 'cluster -c')).stdout).toEqual([NOTHING])
})

test.each(['0', '0s', ''])('Pacemaker does not rely on watchdogs with a timeout of "%s"', async timeout => {
  const cluster = healthy()
  cluster.cib = edited(cluster.cib, found => {
    if (found.attributes.class === 'stonith') return []
    if (found.attributes.id !== 'options') return undefined
    const pairs = { 'have-watchdog': 'true', 'stonith-watchdog-timeout': timeout }
    const watchdog = Object.entries(pairs).map(([name, value]) =>
      element('nvpair', { id: `options-${name}`, name, value }),
    )
    return [{ ...found, children: [...found.children, ...watchdog] }]
  })
  expect((await run(cluster.system, 'cluster -c')).stdout[0]).toMatch(/there is no fencing device/)
})

test('with --json, findings are data, and an error still fails the check (1)', async () => {
  const cluster = healthy()
  examined(cluster, 'node2', text => text.replace('== tools\n', '== tools\nip\n'))
  const { status, stdout } = await run(cluster.system, 'cluster -c --json')
  expect(status).toBe(1)
  expect(JSON.parse(stdout.join('\n'))).toEqual({
    findings: [{ severity: 'error', node: 'node2', what: 'ip is not installed', todo: 'apt-get install iproute2' }],
  })
})

test('a version of DRBD that is not supported is an error', async () => {
  const cluster = healthy()
  for (const name of names) examined(cluster, name, text => text.replaceAll('8.4.11', '8.3.16'))
  const { stdout } = await run(cluster.system, 'cluster -c')
  const unsupported = stdout.indexOf('error: node1: DRBD 8.3.16 is not supported: it must be 8.4 or 9')
  expect(stdout[unsupported + 1]).toContain('remove drbd-dkms')
})
