import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { looksAtDrbd } from '../../../../cli/cluster/examine/lvm-filter.ts'
import type { Cloud } from '../../../../cloud/cloud.ts'
import { element } from '../../../../cloud/xml.ts'
import { type FakeCluster, fakeCluster, isReading, node } from '../../../fake/cluster/cluster.ts'
import { edited, withMembership, withNodeAttribute } from '../../cloud/cib.ts'
import { c0 } from '../../cloud/examples.ts'
import { run } from '../call.ts'
import { fenced } from '../storage/fence.ts'

const RECORDED = readFileSync(new URL('../../../fixtures/examination/debian-12.txt', import.meta.url), 'utf8')
  // an administrator who has followed the advice
  .replace('global_filter=["a|.*|"]', 'global_filter=["r|^/dev/drbd|"]')
  .replace(/^After=$/m, 'After=iscsid.service open-iscsi.service blk-availability.service')

const names = ['node1', 'node2', 'node3']
const cloud = { ...c0, initiators: names.map(name => `iqn.2026-01.org.vhacs:${name}`) }

/** Three nodes in order, each of which says what was recorded, with its own name, time and storages. */
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
      .replace(/(?<=== fences\n)[^=]*/, others.map(other => `${other} 1 fence device found\n`).join(''))
    return input.includes('section date') ? { status: 0, stdout: change(own) } : 2
  })
}

test('where nothing is wrong, nothing is found (0)', async () => {
  expect(await run(healthy().system, 'cluster -c')).toEqual({ status: 0, stdout: ['nothing was found'], stderr: [] })
})

test('it only looks', async () => {
  const cluster = healthy()
  await run(cluster.system, 'cluster -c')
  expect(cluster.ran.filter(command => !isReading(command) && command.words[0] !== 'sh')).toEqual([])
})

function setProperties(cluster: FakeCluster, values: Readonly<Record<string, string>>): void {
  const pairs = Object.entries(values).map(([name, value]) => element('nvpair', { id: `options-${name}`, name, value }))
  cluster.cib = edited(cluster.cib, found =>
    found.attributes.id === 'options' ? [{ ...found, children: [...found.children, ...pairs] }] : undefined,
  )
}

/** On node2, unless it is the cluster's: what is found, as `severity: where: what`, and a word of the advice. */
const ON_A_NODE: readonly [string, (text: string) => string, RegExp, RegExp][] = [
  [
    'a tool is missing',
    text => text.replace('== tools\n', '== tools\niscsiadm\n'),
    /^error: node2: iscsiadm is not installed$/,
    /apt-get install open-iscsi/,
  ],
  [
    'agents are missing',
    text => text.replace('lio-iblock\n', ''),
    /^error: node2: the agents lio-iblock are not installed$/,
    /install VHACS/,
  ],
  [
    'IPaddr2 is missing',
    text => text.replace('/usr/lib/ocf/resource.d/heartbeat/IPaddr2\n', ''),
    /^error: node2: the agent IPaddr2 is missing$/,
    /resource-agents/,
  ],
  [
    'a module is missing',
    text => text.replace('iscsi_target_mod\n', ''),
    /^error: node2: the kernel has no module iscsi_target_mod$/,
    /linux-image/,
  ],
  [
    'DRBD is version 9',
    text => text.replace('8.4.11', '9.2.8'),
    /^error: node2: DRBD 9\.2\.8 is not supported$/,
    /drbd-dkms/,
  ],
  [
    'a setting is missing',
    text => text.replace(/^STORAGE_IFNAME.*$/m, ''),
    /^error: node2: .*STORAGE_IFNAME is missing/,
    /vhacs\(8\)/,
  ],
  [
    'an interface is not there',
    text => text.replace('= "eth3"', '= "eth9"'),
    /^error: node2: the interface eth9 of .* is not there$/,
    /correct/,
  ],
  [
    'an interface has no cable',
    text => text.replace(/("ifname":"eth1","flags":\[[^\]]*),"LOWER_UP"/, '$1'),
    /^error: node2: the interface eth1 .* is down/,
    /network/,
  ],
  [
    'there is no initiator name',
    text => text.replace(/^InitiatorName.*$/m, ''),
    /^error: node2: there is no InitiatorName/,
    /iscsi-iname/,
  ],
  [
    'target.service is enabled',
    text => text.replace('target.service \n', 'target.service enabled\n'),
    /^error: node2: target\.service is enabled: at boot it starts targets/,
    /systemctl disable target\.service/,
  ],
  [
    'targets are saved',
    text => text.replace('== saved\n', '== saved\n2\n'),
    /^warning: node2: targets are saved in/,
    /remove/,
  ],
  [
    'LVM looks at DRBD',
    text => text.replace('r|^/dev/drbd|', 'a|.*|'),
    /^warning: node2: LVM looks at DRBD devices/,
    /global_filter/,
  ],
  [
    'there is no volume group',
    text => text.replace('== groups\n  vhacs\n', '== groups\n'),
    /^error: node2: it has the role storage, but no volume group vhacs$/,
    /vgcreate vhacs/,
  ],
  [
    'a volume is gone',
    text => text.replace(/^ *vhacs c0.*\n/m, ''),
    /^error: node2: the storage c0 is to have its data here, but there is not its volume$/,
    /bring it back/,
  ],
  [
    'a DRBD file is gone',
    text => text.replace('c0.res\n', ''),
    /^error: node2: the storage c0 .* there is not \/etc\/drbd\.d\/c0\.res$/,
    /bring it back/,
  ],
  [
    'something is left of no storage',
    text => text.replace('== volumes\n', '== volumes\n  vhacs old\n').replace('c0.res', 'c0.res\nold.res'),
    /^warning: node2: the volume vhacs\/old and \/etc\/drbd\.d\/old\.res belong to no storage/,
    /lvremove vhacs\/old/,
  ],
  [
    'two have one initiator name',
    text => text.replace('vhacs:node2', 'vhacs:node1'),
    /^error: cluster: node1, node2 have the same initiator name/,
    /iscsi-iname/,
  ],
  [
    'versions differ',
    text => text.replace('0.1.0', '0.2.0'),
    /^error: cluster: the nodes have different versions of VHACS: 0\.1\.0, 0\.2\.0$/,
    /same VHACS/,
  ],
  [
    'versions of Pacemaker differ, as during an upgrade',
    text => text.replace('2.1.5', '2.1.6'),
    /^warning: cluster: the nodes have different versions of Pacemaker: 2\.1\.5, 2\.1\.6$/,
    /same Pacemaker/,
  ],
  [
    'it has another name',
    text => text.replace('== name\nnode2', '== name\nalpha'),
    /^error: node2: it calls itself alpha$/,
    /uname/,
  ],
  [
    'it does not know the others',
    text => text.replace('== names\n', '== names\nnode1\n').replace('== ssh\n', '== ssh\nnode1\n'),
    /^error: node2: it does not know the address of node1$/,
    /hosts/,
  ],
  [
    'it does not reach another by ssh',
    text => text.replace('== ssh\n', '== ssh\nnode1\n'),
    /^warning: node2: it does not reach node1 by ssh$/,
    /ssh root@node1 true/,
  ],
  [
    'ssh takes any host key',
    text => text.replace('== ring\n', '== unchecked\nnode1\nnode3\n== ring\n'),
    /^warning: node2: ssh does not check the host keys of node1, node3 there: StrictHostKeyChecking is off$/,
    /ssh_known_hosts/,
  ],
  [
    'corosync.conf is another one',
    text => text.replace('version: 2', 'version: 2\n\ttoken: 1000'),
    /^error: cluster: .*corosync\.conf is not the same on all nodes$/,
    /corosync-cfgtool -R/,
  ],
  [
    'a link is not connected',
    text => text.replace('10.77.1.1) enabled connected', '10.77.1.1) enabled disconnected'),
    /^warning: node2: corosync's link 1 from 10\.77\.1\.2 to 10\.77\.1\.1 is not connected$/,
    /cable/,
  ],
  [
    'sbd does not run',
    text => text.replace('sbd active', 'sbd failed'),
    /^error: node2: sbd does not run: sbd cannot fence it$/,
    /enable sbd/,
  ],
  [
    'sbd has no slot',
    text => text.replace('0\tnode2\tclear\t\n', ''),
    /^error: node2: it has no slot on sbd's disk: sbd cannot fence it$/,
    /default\/sbd/,
  ],
  [
    'iscsid is not kept running until Pacemaker has stopped',
    text => text.replace('iscsid.service', ''),
    /^warning: node2: at shutdown iscsid\.service may stop before Pacemaker/,
    /After=iscsid\.service"/,
  ],
  [
    'multipath devices do not hold I/O back until Pacemaker has stopped',
    text => text.replace('blk-availability.service', ''),
    /^warning: node2: at shutdown blk-availability\.service may stop before Pacemaker/,
    /After=blk-availability\.service"/,
  ],
  [
    'DRBD has another device than the cluster',
    text => text.replace('device /dev/drbd0', 'device /dev/drbd7'),
    /^error: node2: \/etc\/drbd\.d\/c0\.res: it has \/dev\/drbd7, and the cluster exports \/dev\/drbd\d+$/,
    /minor/,
  ],
  [
    'nothing keeps its clock right',
    text => text.replace('synchronised=yes\nchrony\nchronyd', 'synchronised=no'),
    /^warning: node2: no time service keeps its clock right$/,
    /chrony/,
  ],
  [
    'its time service does not work',
    text => text.replace('synchronised=yes', 'synchronised=no'),
    /^warning: node2: its time service has not synchronised its clock$/,
    /chronyc sources/,
  ],
  [
    'LVM is told to look at DRBD',
    text => text.replace('r|^/dev/drbd|', 'a|/dev/drbd.*|'),
    /^warning: node2: LVM looks at DRBD devices/,
    /global_filter/,
  ],
  [
    'SERVICE_ADDRESSES is no range',
    text => text.replace('10.77.1.199/24', '10.77.1.199'),
    /^error: node2: \/etc\/vhacs\.conf: SERVICE_ADDRESSES: "10\.77\.1\.100-10\.77\.1\.199" is not a range/,
    /vhacs\(8\)/,
  ],
  [
    'it has other SERVICE_ADDRESSES',
    text => text.replace('10.77.1.199/24', '10.77.1.150/24'),
    /^warning: cluster: the nodes have different SERVICE_ADDRESSES: node1 10\.77\.1\.100-10\.77\.1\.199\/24, node2 /,
    /vhacs\.conf of all/,
  ],
  [
    'a name of its settings is misspelt',
    text => text.replace('REPLICATION_IFNAME', 'REPLICATON_IFNAME'),
    /^error: node2: .*line 3: REPLICATON_IFNAME is not a known setting: did you mean REPLICATION_IFNAME\?$/,
    /vhacs\(8\)/,
  ],
  [
    'a creation was killed after it had made the volume',
    text => text.replace('== volumes\n', '== volumes\n  other old vhacs_create_1795401000000\n'),
    /^warning: node2: the volume other\/old belongs to no storage of this node$/,
    /lvremove other\/old/,
  ],
  [
    'a file of vhacs is left alone',
    text =>
      text
        .replace('c0.res\n', 'c0.res\nold.res\n')
        .replace('== replication', '/etc/drbd.d/old.res\n # Made by vhacs for the cloud old.\n== replication'),
    /^warning: node2: \/etc\/drbd\.d\/old\.res belongs to no storage of this node$/,
    /rm \/etc\/drbd\.d\/old\.res/,
  ],
  [
    'DRBD stands on another volume',
    text => text.replace('disk /dev/vhacs/c0', 'disk /dev/vhacs/c1'),
    /^error: node2: .*c0\.res: it stands on \/dev\/vhacs\/c1, and the cluster activates \/dev\/vhacs\/c0$/,
    /other node/,
  ],
  [
    'a DRBD file is broken',
    text => text.replace(' }\n== replication', '== replication'),
    /^error: node2: .*c0\.res: DRBD configuration: .* is never closed$/,
    /other node/,
  ],
  [
    'DRBD has another address of the peer than the peer itself',
    text => text.replace('10.77.3.1:7800', '10.77.1.1:7800'),
    /^error: cluster: .*c0\.res is not the same on node1 and node2: .*node1 10\.77\.3\.1:7800, .*node1 10\.77\.1\.1:7800/,
    /drbdadm adjust c0/,
  ],
  [
    'its initiator name was changed',
    text => text.replace('vhacs:node2', 'vhacs:renamed'),
    /^error: node2: c0 would not let it in: iqn\.2026-01\.org\.vhacs:renamed is not among the initiators$/,
    /vhacs node --setrole vhost node2/,
  ],
  [
    'its clock is ahead',
    text => text.replaceAll(/(?<=== (?:date|later)\n)(.*)/g, seconds => String(Number(seconds) + 30)),
    /^warning: node2: its clock is at least 30 s ahead/,
    /chrony/,
  ],
]

describe('it is found, with what to do about it, that', () => {
  test.each(ON_A_NODE)('%s', async (_, change, what, todo) => {
    const cluster = healthy()
    examined(cluster, 'node2', change)
    const { status, stdout, stderr } = await run(cluster.system, 'cluster -c')
    const isError = what.source.startsWith('^error')
    expect({ status, stderr }).toEqual({ status: isError ? 1 : 0, stderr: isError ? ['vhacs: 1 error found'] : [] })
    expect(stdout).toEqual([expect.stringMatching(what), expect.stringMatching(todo)])
  })

  const inTheCib: readonly [string, (cluster: FakeCluster) => void, RegExp][] = [
    [
      'fencing is off',
      cluster => {
        cluster.cib = edited(cluster.cib, ({ name, attributes, children }) =>
          attributes.name === 'stonith-enabled'
            ? [{ name, attributes: { ...attributes, value: 'false' }, children }]
            : undefined,
        )
      },
      /^error: cluster: fencing is off/,
    ],
    [
      'there is no fencing device',
      cluster => {
        cluster.cib = edited(cluster.cib, ({ attributes }) => (attributes.class === 'stonith' ? [] : undefined))
      },
      /^error: cluster: there is no fencing device/,
    ],
    [
      'a fencing device does not run',
      cluster => {
        cluster.fences = () => []
      },
      /^error: cluster: the fencing device sbd does not run$/,
    ],
    [
      'the cluster is in maintenance mode',
      cluster => setProperties(cluster, { 'maintenance-mode': 'true' }),
      /^error: cluster: the cluster is in maintenance mode/,
    ],
    [
      'quorum is ignored',
      cluster => setProperties(cluster, { 'no-quorum-policy': 'ignore' }),
      /^warning: cluster: no-quorum-policy is ignore/,
    ],
    [
      'a node is in standby',
      cluster => {
        cluster.cib = withNodeAttribute(cluster.cib, 'node3', 'standby', 'on')
      },
      /^warning: node3: it is in standby/,
    ],
    [
      'a storage is not mounted',
      cluster => {
        const all = cluster.active()
        cluster.active = () => all.filter(({ id }) => id !== 'c0-session' && id !== 'c0-filesystem')
      },
      /^error: cluster: c0 is not mounted at \/srv\/c0: c0-session, c0-filesystem not running$/,
    ],
    [
      'a fence is left although the data are in sync',
      cluster => {
        fenced(cluster)
      },
      /^error: cluster: c0 can run on the data of node1 alone: a constraint of DRBD's is left, drbd-fence-by-handler-c0/,
    ],
    [
      'a vhost came after the storages',
      cluster => {
        cluster.cib = edited(cluster.cib, ({ name, attributes, children }) =>
          attributes.name === 'allowed_initiators'
            ? [{ name, attributes: { ...attributes, value: cloud.initiators.slice(0, 2).join(' ') }, children }]
            : undefined,
        )
      },
      /^error: node3: c0 would not let it in: iqn\.2026-01\.org\.vhacs:node3 /,
    ],
    [
      'the cluster has no name',
      cluster => {
        cluster.cib = edited(cluster.cib, ({ attributes }) => (attributes.name === 'cluster-name' ? [] : undefined))
      },
      /^warning: cluster: the cluster has no name: new storages have the IQN /,
    ],
    [
      'the cluster has the name of every other',
      cluster => {
        cluster.cib = edited(cluster.cib, found =>
          found.attributes.name === 'cluster-name'
            ? [{ ...found, attributes: { ...found.attributes, value: 'debian' } }]
            : undefined,
        )
      },
      /^warning: cluster: the cluster has the name of the package, debian: new storages have the IQN /,
    ],
    [
      'a node has left',
      cluster => {
        cluster.cib = withMembership(cluster.cib, 'node3', 'left')
      },
      /^error: node3: it is offline$/,
    ],
    [
      'only one node has the role storage',
      cluster => {
        for (const name of ['node2', 'node3'])
          cluster.cib = withNodeAttribute(cluster.cib, name, 'vhacs-storage', 'false')
      },
      /^error: cluster: fewer than two nodes have the role storage$/,
    ],
    [
      'an action has failed',
      cluster => {
        cluster.failures = [{ resource: 'c0-session', node: 'node2', action: 'monitor', reason: 'no session' }]
      },
      /^warning: node2: monitor of c0-session failed: no session$/,
    ],
    [
      'something is degraded',
      cluster => {
        const reason = 'no connection to the peer'
        cluster.failures = [{ resource: 'c0-drbd', node: 'node1', action: 'monitor', reason, isDegraded: true }]
      },
      /^warning: node1: c0-drbd is degraded: no connection to the peer$/,
    ],
    [
      'a storage is not as it was made',
      cluster => {
        cluster.cib = edited(cluster.cib, ({ attributes }) =>
          attributes.id === 'c0-drbd-export-order' ? [] : undefined,
        )
      },
      /^error: cluster: c0 differs from what vhacs created/,
    ],
  ]

  test.each(inTheCib)('%s', async (_, change, what) => {
    const cluster = healthy()
    change(cluster)
    const { stdout } = await run(cluster.system, 'cluster -c')
    expect(stdout).toEqual([expect.stringMatching(what), expect.stringMatching(/^ {4}\S/)])
  })

  test('a node does not answer, and the others are examined', async () => {
    const cluster = healthy()
    node(cluster, 'node2').isUp = false
    examined(cluster, 'node3', text => text.replace('iscsi_tcp\n', ''))
    const { status, stdout, stderr } = await run(cluster.system, 'cluster -c')
    expect({ status, stderr }).toEqual({ status: 1, stderr: ['vhacs: 2 errors found'] })
    expect(stdout.filter(line => line.startsWith('error'))).toEqual([
      expect.stringMatching(/^error: node2: it does not answer: ssh root@node2 exited with 255/),
      'error: node3: the kernel has no module iscsi_tcp',
    ])
  })
})

describe('that the others do not reach a node by ssh', () => {
  const unreached = (cluster: FakeCluster) => {
    for (const name of ['node1', 'node3']) examined(cluster, name, text => text.replace('== ssh\n', '== ssh\nnode2\n'))
  }
  const notReached = (lines: readonly string[]) => lines.filter(line => line.includes('does not reach node2 by ssh'))

  test('is not said of one that answers neither us nor the cluster', async () => {
    const cluster = healthy()
    unreached(cluster)
    node(cluster, 'node2').isUp = false
    cluster.cib = withMembership(cluster.cib, 'node2', 'left')
    const { stdout } = await run(cluster.system, 'cluster -c')
    expect(notReached(stdout)).toEqual([])
    expect(stdout).toContain('error: node2: it is offline')
  })

  test.each([
    ['we do', (cluster: FakeCluster) => (cluster.cib = withMembership(cluster.cib, 'node2', 'left'))],
    ['the cluster does', (cluster: FakeCluster) => (node(cluster, 'node2').isUp = false)],
  ])('is said when %s', async (_, lose) => {
    const cluster = healthy()
    unreached(cluster)
    lose(cluster)
    expect(notReached((await run(cluster.system, 'cluster -c')).stdout)).toHaveLength(2)
  })
})

describe('of a storage that is not in sync it is said', () => {
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

  test('that a resync goes on (a warning)', async () => {
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

  test('that the nodes do not reach each other (an error)', async () => {
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

  test('that its nodes hold different data, and how to choose', async () => {
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
  expect((await run(cluster.system, 'cluster -c')).stdout).toEqual(['nothing was found'])
})

test('storages of another volume group than that of new ones are found there', async () => {
  const cluster = healthy([{ ...cloud, volumeGroup: 'fast' }])
  for (const name of cloud.storageNodes)
    examined(cluster, name, text =>
      text
        .replace(/^ *vhacs c0/m, '  fast c0')
        .replace('groups\n  vhacs', 'groups\n  fast')
        .replace('/vhacs/c0', '/fast/c0'),
    )
  expect((await run(cluster.system, 'cluster -c')).stdout).toEqual(['nothing was found'])
})

test('LVM is asked as vhacs asks it everywhere: not to look at DRBD devices', async () => {
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

describe('where Pacemaker relies on watchdogs', () => {
  const relying = () => {
    const cluster = healthy()
    setProperties(cluster, { 'have-watchdog': 'true', 'stonith-watchdog-timeout': '20s' })
    cluster.cib = edited(cluster.cib, ({ attributes }) => (attributes.class === 'stonith' ? [] : undefined))
    return cluster
  }

  test('they are fencing enough', async () => {
    expect((await run(relying().system, 'cluster -c')).stdout).toEqual(['nothing was found'])
  })

  test.each<[string, (text: string) => string, RegExp]>([
    [
      'sbd must run',
      text => text.replace('sbd active', 'sbd failed'),
      /^error: node2: sbd does not run: its watchdog cannot fence it$/,
    ],
    ['there must be one', text => text.replace('i6300ESB timer', ''), /^error: node2: it has no watchdog/],
  ])('%s', async (_, change, what) => {
    const cluster = relying()
    examined(cluster, 'node2', change)
    const { stdout } = await run(cluster.system, 'cluster -c')
    expect(stdout).toEqual([expect.stringMatching(what), expect.stringMatching(/^ {4}\S/)])
  })
})

test('a node that none of the others has a device for is found', async () => {
  const cluster = healthy()
  for (const name of ['node2', 'node3'])
    examined(cluster, name, text => text.replace('node1 1 fence device found', 'node1 0 fence devices found'))
  expect((await run(cluster.system, 'cluster -c')).stdout).toEqual([
    'error: node1: no fencing device can fence it',
    expect.stringMatching(/pcmk_host_list/),
  ])
})

test('DRBD files that are for other nodes than the cluster has the data on are found', async () => {
  const cluster = healthy()
  for (const name of cloud.storageNodes)
    examined(cluster, name, text =>
      text.replace(/on node[12] \{\n \t\taddress 10\.77\.3\.1/, 'on node3 {\n \t\taddress 10.77.3.3'),
    )
  const { stdout } = await run(cluster.system, 'cluster -c')
  expect(stdout.filter(line => line.startsWith('error'))).toEqual(
    ['node1', 'node2'].map(
      name =>
        `error: ${name}: /etc/drbd.d/c0.res: it is for node2 and node3, and the cluster has the data on node1 and node2`,
    ),
  )
})

test('a device that is banned from the node that it fences is fencing enough', async () => {
  const cluster = healthy()
  // of node2, node1 knows a device and node3 none
  examined(cluster, 'node3', text => text.replace('node2 1 fence device found', 'node2 0 fence devices found'))
  expect((await run(cluster.system, 'cluster -c')).stdout).toEqual(['nothing was found'])
})

test.each<[string, string, boolean]>([
  ['nothing is rejected', '["a|.*|"]', true],
  ['all that is not accepted is rejected', '["a|^/dev/sd|","r|.*|"]', false],
  ['a name of theirs is accepted before', '["a|by-res|","r|^/dev/drbd|"]', true],
  ['the rejection comes too late', '["a|.*|","r|^/dev/drbd|"]', true],
  ['another delimiter is used', '["r/drbd[0-9]+/","r{by-(res|disk)}"]', false],
])('whether LVM looks at DRBD is decided by its own rules: %s', (_, filter, isLooking) => {
  const sections = new Map([['filter', `global_filter=${filter}\nuse_devicesfile=0`]])
  expect(looksAtDrbd({ sections })).toBe(isLooking)
})

test('with a devices file LVM looks at what is in it, whatever its filters say', () => {
  const sections = new Map([['filter', 'global_filter=["a|.*|"]\nuse_devicesfile=1']])
  expect(looksAtDrbd({ sections })).toBe(false)
})

test('a node that mounts nothing may stop iscsid and blk-availability when it likes', async () => {
  const cluster = healthy()
  cluster.cib = withNodeAttribute(cluster.cib, 'node1', 'vhacs-vhost', 'false')
  examined(cluster, 'node1', text => text.replace(/^After=iscsid.*/m, 'After='))
  expect((await run(cluster.system, 'cluster -c')).stdout).toEqual(['nothing was found'])
})

test('the links to a node that is down are not spoken of', async () => {
  const cluster = healthy()
  examined(cluster, 'node2', text =>
    text.replace('1 reachable', '1 unreachable').replaceAll('enabled connected', 'enabled disconnected'),
  )
  expect((await run(cluster.system, 'cluster -c')).stdout).toEqual(['nothing was found'])
})

test.each(['0', '0s', ''])('but not with a time-out of "%s", which means not to', async timeout => {
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

test('with --json the findings are data, and errors still fail it (1)', async () => {
  const cluster = healthy()
  examined(cluster, 'node2', text => text.replace('== tools\n', '== tools\nip\n'))
  const { status, stdout } = await run(cluster.system, 'cluster -c --json')
  expect(status).toBe(1)
  expect(JSON.parse(stdout.join('\n'))).toEqual({
    findings: [{ severity: 'error', node: 'node2', what: 'ip is not installed', todo: 'apt-get install iproute2' }],
  })
})
