import { describe, expect, test } from 'vitest'
import {
  type BareNodes,
  bare,
  bareNodes,
  CONF,
  DISK,
  KEY,
  SECRET,
  startedByPackages,
  stateOf,
} from '../../../fake/cluster/bare-nodes.ts'
import { node } from '../../../fake/cluster/cluster.ts'
import { run } from '../call.ts'

const init = (world: BareNodes, line: string, terminal = {}) =>
  run(world.cluster.system, `cluster --init ${line}`, terminal)

/** Commands that change something. */
const CHANGING = new Set([
  'cp',
  'mv',
  'rm',
  'dd',
  'mkdir',
  'rmdir',
  'systemctl',
  'corosync-keygen',
  'scp',
  'cibadmin',
  'find',
])
const changes = ({ cluster }: BareNodes) =>
  cluster.ran.filter(
    ({ words: [tool = '', ...args] }) => CHANGING.has(tool) || (tool === 'sbd' && args.includes('create')),
  )

/** node2 says it differently. */
function odd(change: (text: string) => string): BareNodes {
  const world = bareNodes()
  bare(world, 'node2').says = change
  return world
}

const backupOf = (files: ReadonlyMap<string, string>, path: string) =>
  [...files].find(([name]) => name.startsWith(`${path}.backup-`))?.[1]

/** It answers one question with this text. */
const section = (name: string, text: string) => (said: string) =>
  said.replace(new RegExp(`^== ${name}\n(?:(?!== ).*\n?)*`, 'm'), () => `== ${name}\n${text}\n`)

describe('of two bare nodes', () => {
  test('a cluster is formed, and it is said that there is no fencing', async () => {
    const world = bareNodes()
    const { status, stdout, stderr } = await init(world, 'node1-2 --name lab')
    expect({ status, stderr }).toEqual({ status: 0, stderr: [] })
    expect(stdout).toContain(
      'node1, node2: the cluster lab is formed; "vhacs cluster --check" says what is still missing',
    )
    expect(stdout).toContain('WARNING: THERE IS NO FENCING: after the loss of a node, nothing is taken over')
    for (const name of ['node1', 'node2']) {
      expect([...bare(world, name).active]).toEqual(['corosync', 'pacemaker'])
      expect([...bare(world, name).enabled]).toEqual(['corosync', 'pacemaker'])
    }
    expect(bare(world, 'node3').active.size).toBe(0)
  })

  test('both have the same corosync.conf: two links, and what two nodes need', async () => {
    const world = bareNodes()
    await init(world, 'node1,node2 --name lab')
    const text = bare(world, 'node1').files.get(CONF) ?? ''
    expect(bare(world, 'node2').files.get(CONF)).toBe(text)
    expect(text).toContain('cluster_name: lab\n\ttransport: knet\n')
    expect(text).toContain('nodeid: 2\n')
    expect(text).toContain('name: node2\n')
    expect(text).toMatch(/name: node1\n.*ring0_addr: 10\.77\.2\.1\n.*ring1_addr: 10\.77\.1\.1\n/)
    expect(text).toMatch(/name: node2\n.*ring0_addr: 10\.77\.2\.2\n.*ring1_addr: 10\.77\.1\.2\n/)
    expect(text).toMatch(/two_node: 1\n\twait_for_all: 1\n/)
  })

  test('both have the same key, which no command has as a word, and nothing shows', async () => {
    const world = bareNodes()
    const { stdout, stderr } = await init(world, 'node1-2 -V 2')
    expect(['node1', 'node2', 'node3'].map(name => bare(world, name).files.get(KEY))).toEqual([
      SECRET,
      SECRET,
      undefined,
    ])
    expect([...stdout, ...stderr, ...world.cluster.ran.flatMap(({ words }) => words)].join()).not.toContain(SECRET)
  })

  test('LVM, DRBD and systemd get what VHACS needs, and the old files stay beside the new ones', async () => {
    const world = bareNodes()
    await init(world, 'node1-2')
    const { files } = bare(world, 'node2')
    expect(files.get('/etc/lvm/lvmlocal.conf')).toMatch(
      /^local \{\n\}\n[\s\S]*global_filter = \[ "r\|\^\/dev\/drbd\|" \]\n$/,
    )
    expect(backupOf(files, '/etc/lvm/lvmlocal.conf')).toBe('local {\n}\n')
    expect(files.get('/etc/drbd.d/global_common.conf')).toBe('global {\n\tusage-count no;\n}\n')
    expect(backupOf(files, '/etc/drbd.d/global_common.conf')).toBe('global {\n\tusage-count yes;\n}\n')
    expect(files.get('/etc/systemd/system/resource-agents-deps.target.d/vhacs.conf')).toBe(
      `# Written by vhacs cluster --init: at shutdown these stop after Pacemaker.
[Unit]
After=iscsid.socket iscsid.service open-iscsi.service blk-availability.service remote-fs.target
After=target.service rtslib-fb-targetctl.service
`,
    )
  })

  test('Pacemaker is told to fence, and the roles that were asked for', async () => {
    const world = bareNodes()
    await init(world, 'node1-2 --roles storage')
    expect(world.configuration).toContain('name="stonith-enabled" value="true"')
    expect(world.configuration).toMatch(/<node id="2" uname="node2">[\s\S]*name="vhacs-storage" value="true"/)
    expect(world.configuration).not.toContain('vhacs-vhost')
  })

  test('and the initiator names of its nodes, for the time when one of them is down', async () => {
    const world = bareNodes()
    await init(world, 'node1-2')
    expect(world.configuration).toMatch(
      /<node id="2" uname="node2">[\s\S]*name="vhacs-initiator" value="iqn\.2026-01\.org\.vhacs:node2"/,
    )
  })

  test('a cluster that has no name yet is named after its first node', async () => {
    const world = bareNodes()
    await init(world, 'node2,node1')
    expect(bare(world, 'node1').files.get(CONF)).toContain('cluster_name: vhacs-node2\n')
  })

  test('what starts at boot with nothing to start is switched off', async () => {
    const world = odd(section('units', 'target.service \nrtslib-fb-targetctl.service enabled\ndrbd.service enabled'))
    const { enabled } = bare(world, 'node2')
    enabled.add('drbd.service').add('rtslib-fb-targetctl.service')
    await init(world, 'node1-2')
    expect([...enabled].sort()).toEqual(['corosync', 'pacemaker'])
  })

  test('an sbd that nobody has set up is switched off', async () => {
    const world = bareNodes()
    bare(world, 'node2').enabled.add('sbd')
    await init(world, 'node1-2')
    expect([...bare(world, 'node2').active]).toEqual(['corosync', 'pacemaker'])
  })

  test("the clusters that Debian's packages start are stopped, and what they had is set aside", async () => {
    const world = bareNodes()
    startedByPackages(bare(world, 'node2'))
    expect(await init(world, 'node1-2')).toMatchObject({ status: 0 })
    const { files } = bare(world, 'node2')
    expect(backupOf(files, CONF)).toContain('127.0.0.1')
    expect([...files.keys()]).toContainEqual(expect.stringMatching(/^\/var\/lib\/pacemaker\/cib\.backup-.*\/cib\.xml$/))
    const words = world.cluster.ran.filter(({ node: name }) => name === 'node2').map(command => command.words.join(' '))
    expect(words.indexOf('systemctl stop pacemaker')).toBeLessThan(words.indexOf('systemctl stop corosync'))
  })
})

test('three nodes need no rule for two', async () => {
  const world = bareNodes()
  await init(world, 'node1-3')
  const text = bare(world, 'node3').files.get(CONF)
  expect(text).not.toContain('two_node')
  expect(text?.match(/ring1_addr/g)).toHaveLength(3)
})

test('this node need not be one of them', async () => {
  const world = bareNodes()
  expect(await init(world, 'node2-3')).toMatchObject({ status: 0 })
  expect(world.nodes.map(({ files }) => files.get(KEY))).toEqual([undefined, SECRET, SECRET])
  expect(stateOf(world)[0]).toEqual(stateOf(bareNodes())[0])
})

test('without nodes it is this one, and one network is one link', async () => {
  const world = bareNodes()
  bare(world, 'node1').says = text => text.replace('HEARTBEAT_IFNAME = "eth2"', '')
  expect(await init(world, '')).toMatchObject({ status: 0 })
  expect(
    bare(world, 'node1')
      .files.get(CONF)
      ?.match(/ring\d_addr.*/g),
  ).toEqual(['ring0_addr: 10.77.1.1'])
})

test('nodes that form that cluster already are left alone (0)', async () => {
  const world = bareNodes()
  await init(world, 'node1-2 --name lab')
  const before = stateOf(world)
  world.cluster.ran.length = 0
  expect(await init(world, 'node2,node1')).toEqual({
    status: 0,
    stdout: ['node2, node1: the cluster lab already; nothing was changed'],
    stderr: [],
  })
  expect(stateOf(world)).toEqual(before)
  expect(changes(world)).toEqual([])
})

test('a dry run says what would be done on each node, and does nothing', async () => {
  const world = bareNodes()
  const before = stateOf(world)
  const { status, stdout } = await init(world, `node1-2 --sbd-device ${DISK} --dry-run`)
  expect(status).toBe(0)
  expect(stdout).toEqual(
    expect.arrayContaining([
      'node1: corosync-keygen -l -k /etc/corosync/authkey',
      expect.stringMatching(/^node1: scp .* \/etc\/corosync\/authkey root@node2:\/etc\/corosync\/authkey$/),
      `node1: sbd -d ${DISK} -1 10 -4 20 create`,
      'node2: systemctl enable corosync pacemaker sbd',
      'node1: cibadmin --modify --allow-create --xml-pipe',
    ]),
  )
  expect(stateOf(world)).toEqual(before)
  expect(changes(world)).toEqual([])
})

describe('by a shared disk', () => {
  const withHeader = () => Object.assign(bareNodes(), { header: 'uuid-found' })

  test('with slots of sbd, nodes are fenced, with the timeouts that are on it', async () => {
    const world = withHeader()
    const { status, stdout } = await init(world, `node1-2 --sbd-device ${DISK}`)
    expect(status).toBe(0)
    expect(stdout.join()).not.toContain('NO FENCING')
    const { files, active, enabled } = bare(world, 'node2')
    expect(files.get('/etc/default/sbd')).toMatch(
      /^#SBD_DEVICE=""$[\s\S]*^SBD_WATCHDOG_TIMEOUT=15$[\s\S]*^SBD_OPTS=$[\s\S]*^SBD_DEVICE="\/dev\/disk/m,
    )
    expect([active.has('sbd'), enabled.has('sbd')]).toEqual([true, true])
    expect(world.configuration).toContain('type="external/sbd"')
    expect(world.configuration).toContain(`name="sbd_device" value="${DISK}"`)
    expect(world.configuration).toContain('name="pcmk_delay_max" value="5s"')
    expect(world.configuration).toContain('name="stonith-timeout" value="82s"')
    expect(changes(world).some(({ words: [tool] }) => tool === 'sbd')).toBe(false)
  })

  test('three nodes need no delay, and fence_sbd serves as well', async () => {
    const world = withHeader()
    for (const one of world.nodes) one.says = section('fencing', '/usr/sbin/sbd\n/usr/sbin/fence_sbd')
    await init(world, `node1-3 --sbd-device ${DISK}`)
    expect(world.configuration).toContain('type="fence_sbd"')
    expect(world.configuration).toContain(`name="devices" value="${DISK}"`)
    expect(world.configuration).not.toContain('pcmk_delay_max')
  })

  test('that has none, they are made once who sits there has said yes', async () => {
    const world = bareNodes()
    const asked: string[] = []
    const ask = async (question: string) => {
      asked.push(question)
      return 'yes'
    }
    expect(await init(world, `node1-2 --sbd-device ${DISK}`, { ask })).toMatchObject({ status: 0 })
    expect(asked).toEqual([expect.stringContaining(`Lose whatever is on ${DISK}?`)])
    expect(world.header).toBe('uuid-made')
  })

  test.each([
    ['nobody can be asked', {}],
    ['the answer is no', { ask: async () => 'no' }],
  ])('that has none is left alone when %s (usage, 2)', async (_, terminal) => {
    const world = bareNodes()
    expect(await init(world, `node1-2 --sbd-device ${DISK}`, terminal)).toMatchObject({ status: 2 })
    expect(changes(world)).toEqual([])
  })

  test('that turns out to be another one on a node, they are not', async () => {
    const world = bareNodes()
    bare(world, 'node2').hasSharedDisk = false
    const before = stateOf(world)
    const { status, stderr } = await init(world, `node1-2 --sbd-device ${DISK} --yes`)
    expect(status).toBe(1)
    expect(stderr.join()).toContain(`${DISK} is another disk on node2`)
    expect(stateOf(world)).toEqual(before)
  })
})

test('by their watchdogs alone, three nodes are fenced', async () => {
  const world = bareNodes()
  const { status, stdout } = await init(world, 'node1-3 --sbd-watchdog')
  expect(status).toBe(0)
  expect(stdout.join()).not.toContain('NO FENCING')
  expect(bare(world, 'node3').files.get('/etc/default/sbd')).toMatch(/^SBD_WATCHDOG_TIMEOUT=10$[\s\S]*^SBD_DEVICE=""$/m)
  expect(world.configuration).toContain('name="stonith-watchdog-timeout" value="20s"')
  expect(world.configuration).not.toContain('primitive')
})

describe('where there is no fencing, it is said what could be used', () => {
  test.each([
    ['a disk that all have', 'node1-2', '', `they seem to share a disk: --sbd-device ${DISK}`],
    ['the watchdogs of three', 'node1-3', '', 'each has a watchdog, and they are three or more: --sbd-watchdog'],
  ])('%s', async (_, nodes, __, advice) => {
    expect((await init(bareNodes(), nodes)).stdout).toContain(`    ${advice}`)
  })

  test('and not the watchdogs of two, nor a disk that is in use', async () => {
    const world = odd(text => text.replace('"fstype":null', '"fstype":"ext4"'))
    const { stdout } = await init(world, 'node1-2')
    expect(stdout.at(-1)).toMatch(/^ {4}else configure/)
    expect(stdout.join()).not.toContain('--sbd')
  })
})

/** On node2 or between the nodes: what is found, and a word of the advice. */
const REFUSALS: readonly [string, (text: string) => string, RegExp, RegExp, string?][] = [
  [
    'a tool is missing',
    section('tools', 'pacemakerd'),
    /^error: node2: pacemakerd is not installed$/,
    /apt-get install pacemaker/,
  ],
  [
    'a module is missing',
    text => text.replace('iscsi_tcp\n', ''),
    /^error: node2: the kernel has no module iscsi_tcp$/,
    /linux-image/,
  ],
  [
    'an interface is not there',
    text => text.replace('= "eth3"', '= "eth9"'),
    /^error: node2: the interface eth9/,
    /correct/,
  ],
  [
    'it has settings that are not understood',
    section('conf', 'rubbish'),
    /^error: node2: .*line 1: NAME = "value" is expected/,
    /vhacs\(8\)/,
  ],
  [
    'it is a member of another cluster',
    section(
      'ring',
      'totem {\n  cluster_name: other\n}\nnodelist {\n  node {\n    name: far\n    ring0_addr: 192.0.2.9\n  }\n}',
    ),
    /^error: node2: it is in the cluster other already, with far$/,
    /take it out/,
  ],
  [
    'corosync is set up without a list of nodes',
    section('ring', 'totem { }'),
    /^error: node2: it is in the cluster/,
    /take it out/,
  ],
  [
    'Pacemaker has resources of a former cluster',
    section('configured', '3'),
    /^error: node2: Pacemaker has resources/,
    /rm/,
  ],
  [
    'Pacemaker runs without corosync',
    section('daemons', 'pacemaker active enabled'),
    /^error: node2: Pacemaker runs/,
    /systemctl/,
  ],
  ['it has another name', section('name', 'alpha'), /^error: node2: it calls itself alpha$/, /uname/],
  [
    'it does not know an address',
    section('names', 'node1'),
    /^error: node2: it does not know the address of node1$/,
    /hosts/,
  ],
  [
    'saved targets would come back',
    text => section('units', 'target.service enabled')(section('saved', '2')(text)),
    /^error: node2: target\.service is enabled/,
    /systemctl disable target\.service/,
  ],
  [
    'DRBD resources would be started at boot',
    text => section('units', 'drbd.service enabled')(section('resources', 'own.res')(text)),
    /^error: node2: drbd\.service is enabled/,
    /systemctl disable drbd\.service/,
  ],
  [
    'the nodes have the same address',
    text => text.replaceAll('10.77.2.2', '10.77.2.1'),
    /^error: cluster: nodes have the same address on a link/,
    /correct/,
  ],
  [
    'a link is IPv6 on one node',
    text =>
      text.replace(
        '"family":"inet","local":"10.77.2.2","prefixlen":24',
        '"family":"inet6","local":"fd00::2","prefixlen":64',
      ),
    /^error: cluster: a link is IPv4 on one node and IPv6 on another/,
    /correct/,
  ],
  [
    'one has two links and one has one',
    text => text.replace('HEARTBEAT_IFNAME = "eth2"', ''),
    /^error: cluster: the nodes have different numbers of links: node1 2, node2 1$/,
    /on all/,
  ],
  [
    'versions of VHACS differ',
    section('version', '0.0.1'),
    /^error: cluster: the nodes have different versions of VHACS/,
    /same/,
  ],
  [
    'initiator names are the same',
    text => text.replace('vhacs:node2', 'vhacs:node1'),
    /^error: cluster: node1, node2 have the same initiator/,
    /iscsi-iname/,
  ],
  [
    'it is to be storage, with no volume group',
    section('groups', ''),
    /^error: node2: it has the role storage, but no volume group/,
    /vgcreate/,
    '--roles storage',
  ],
  [
    'sbd is not installed',
    section('fencing', '/usr/lib/stonith/plugins/external/sbd'),
    /^error: node2: sbd is not installed$/,
    /apt-get/,
    `--sbd-device ${DISK}`,
  ],
  [
    'there is no agent for sbd',
    section('fencing', '/usr/sbin/sbd'),
    /^error: node2: there is no fencing agent/,
    /apt-get/,
    `--sbd-device ${DISK}`,
  ],
  [
    'there is no watchdog',
    section('watchdog', ''),
    /^error: node2: it has no watchdog$/,
    /module/,
    `--sbd-device ${DISK}`,
  ],
  [
    'there is no such disk',
    section('disk', '/dev/sdx'),
    /^error: node2: it has no block device/,
    new RegExp(`such as ${DISK}`),
    `--sbd-device ${DISK}`,
  ],
  [
    'the disk holds something',
    section('signatures', 'LVM2_member'),
    /^error: node2: .* holds LVM2_member$/,
    /nobody/,
    `--sbd-device ${DISK}`,
  ],
  [
    'the disk is mounted',
    text => text.replace('"mountpoints":[null]', '"mountpoints":["/srv"]'),
    /^error: node2: .* used by something$/,
    /nobody/,
    `--sbd-device ${DISK}`,
  ],
  [
    'the disk has another size',
    text => text.replace('"size":8388608', '"size":9999999'),
    /^error: cluster: the device is not the same disk/,
    /by-id/,
    `--sbd-device ${DISK}`,
  ],
  [
    'the disk says another name',
    text => text.replace('"wwn":"0x5"', '"wwn":"0x6"'),
    /^error: cluster: the device is not the same disk/,
    /by-id/,
    `--sbd-device ${DISK}`,
  ],
  [
    'the disk says nothing of itself',
    text => text.replace('"wwn":"0x5"', '"wwn":null').replace('"serial":"S5"', '"serial":null'),
    /^error: cluster: the disk has neither WWN nor serial number/,
    /create/,
    `--sbd-device ${DISK}`,
  ],
]

describe('it is refused, and nothing is changed (usage, 2), when', () => {
  test.each(REFUSALS)('%s', async (_, change, what, todo, options = '') => {
    const world = odd(change)
    const { status, stdout, stderr } = await init(world, `node1-2 --yes ${options}`)
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: ['vhacs: an error forbids to form a cluster; nothing was changed'],
    })
    expect(stdout).toEqual([expect.stringMatching(what), expect.stringMatching(todo)])
    expect(changes(world)).toEqual([])
  })

  test('a node does not answer: that, and all else that was found, and how ranges were read (failed, 1)', async () => {
    const world = odd(section('tools', 'ip'))
    node(world.cluster, 'node3').isUp = false
    const { status, stdout, stderr } = await init(world, 'node1-3')
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: ['vhacs: 2 errors forbid to form a cluster; nothing was changed'],
    })
    expect(stdout.at(-1)).toBe('node1-3 was read as node1, node2, node3; write node1-3-3 for the one name')
    expect(stdout.filter(line => line.startsWith('error'))).toEqual([
      expect.stringMatching(/^error: node3: it does not answer: ssh root@node3 exited with 255/),
      'error: node2: ip is not installed',
    ])
    expect(changes(world)).toEqual([])
  })

  test('an address is not reached over its link', async () => {
    const world = bareNodes()
    world.unreachable.add('10.77.1.2')
    const { status, stdout } = await init(world, 'node1-2')
    expect(status).toBe(2)
    expect(stdout[0]).toBe('error: node1: 10.77.1.2 does not answer it')
    expect(changes(world)).toEqual([])
  })

  test('one of them is in a cluster, and another one is to be added', async () => {
    const world = bareNodes()
    await init(world, 'node1-2 --name lab')
    const before = stateOf(world)
    const { status, stdout } = await init(world, 'node1-3')
    expect(status).toBe(2)
    expect(stdout[0]).toBe('error: node1: it is in the cluster lab already, with node1, node2')
    expect(stateOf(world)).toEqual(before)
  })

  test('it is the cluster, but not at work everywhere', async () => {
    const world = bareNodes()
    await init(world, 'node1-2')
    bare(world, 'node2').active.clear()
    expect(await init(world, 'node1-2')).toMatchObject({ status: 2 })
  })

  test.each([
    ['ALL', /ALL has no meaning/],
    ['node1,-rf', /a host name is expected/],
    ['node1-2 --name a:b', /--name: letters, digits/],
    ['node1-2 --roles none', /"none" is not a role/],
    ['node1-2 --sbd-watchdog', /needs three nodes/],
    [`node1-3 --sbd-watchdog --sbd-device ${DISK}`, /exclude each other/],
    ['node1-2 --sbd-device sdb', /a path like \/dev\/disk\/by-id\/NAME/],
    ['node1-2 --sbd-device /dev/$(reboot)', /a path like/],
  ])('it is called with %s', async (line, what) => {
    const world = bareNodes()
    const { status, stderr } = await init(world, line)
    expect({ status, stderr }).toEqual({ status: 2, stderr: [expect.stringMatching(what)] })
    expect(world.cluster.ran).toEqual([])
  })
})

describe('it is said, and the cluster formed, when', () => {
  test.each([
    [
      'one does not reach the other by ssh',
      section('ssh', 'node1'),
      'node1-2',
      /^warning: node2: it does not reach node1 by ssh$/,
    ],
    ['versions of Pacemaker differ', section('pacemaker', '2.1.6'), 'node1-2', /^$/],
    [
      'LVM has a filter of the administrator',
      section('filter', 'global_filter=["r|/dev/x|"]\nuse_devicesfile=0'),
      'node1-2',
      /^warning: node2: the global_filter in \/etc\/lvm lets LVM look/,
    ],
    [
      'the watchdog is a software',
      section('watchdog', 'Software Watchdog'),
      `node1-2 --yes --sbd-device ${DISK}`,
      /^warning: node2: its watchdog is the software one/,
    ],
    [
      'the disk has slots of other nodes',
      section('others', '0\tfar\tclear\t\n1\tnode1\tclear\t'),
      `node1-2 --yes --sbd-device ${DISK}`,
      /^warning: node2: .* has slots of far as well$/,
    ],
    [
      'both links are one network',
      text => text.replace(/"local":"10\.77\.1\.2","prefixlen":24/, '"local":"10.77.2.22","prefixlen":24'),
      'node1-2',
      /^warning: node2: eth2 and eth1 are in one network/,
    ],
  ] as readonly (readonly [
    string,
    (text: string) => string,
    string,
    RegExp,
  ])[])('%s', async (_, change, line, what) => {
    const world = odd(change)
    const { status, stdout } = await init(world, line)
    expect(status).toBe(0)
    if (what.source !== '^$') expect(stdout).toContainEqual(expect.stringMatching(what))
  })

  test("a filter of the administrator's own is not touched", async () => {
    const world = odd(section('filter', 'global_filter=["r|/dev/x|"]\nuse_devicesfile=0'))
    await init(world, 'node1-2')
    expect(bare(world, 'node2').files.get('/etc/lvm/lvmlocal.conf')).toBe('local {\n}\n')
  })
})

describe('everything is undone', () => {
  /** Nodes with something to be put back, and a disk that is blank. */
  function worth(): BareNodes {
    const world = odd(section('units', 'drbd.service enabled'))
    startedByPackages(bare(world, 'node2'))
    bare(world, 'node1').enabled.add('sbd')
    bare(world, 'node2').enabled.add('drbd.service')
    bare(world, 'node2').files.set(KEY, 'an old one')
    return world
  }
  const LINE = `node1-2 --yes --sbd-device ${DISK}`

  async function changingCommands(): Promise<number> {
    const world = worth()
    expect(await init(world, LINE)).toMatchObject({ status: 0 })
    return changes(world).length
  }

  test.each(['fails', 'fails afterwards'] as const)('whichever command %s', async how => {
    const count = await changingCommands()
    expect(count).toBeGreaterThan(40)
    for (let failing = 0; failing < count; failing += 1) {
      const world = worth()
      const before = stateOf(world)
      let seen = 0
      let failed = ''
      world.cluster.disturb = command => {
        if (!changes({ cluster: { ran: [command] } } as unknown as BareNodes).length) return undefined
        seen += 1
        if (seen !== failing + 1) return undefined
        failed = command.words.join(' ')
        return how
      }
      const { status, stdout, stderr } = await init(world, LINE)
      // whose the claim is that is left is not known; and giving it back is all that is to be done at the end
      if (/^(mkdir|rmdir) \/run\/vhacs-init/.test(failed)) continue
      expect({ failed, status }).toEqual({ failed, status: 1 })
      expect(stderr.join()).toMatch(/out of order|exited with 99/)
      expect(stdout.join()).not.toContain('NOT UNDONE')
      expect({ failed, state: stateOf(world) }).toEqual({ failed, state: before })
    }
  })

  test('after Ctrl-C, at whatever step', async () => {
    const steps = (await init(worth(), LINE)).stdout.filter(line => / s {2}/.test(line))
    expect(steps.length).toBeGreaterThan(8)
    for (const index of steps.keys()) {
      const world = worth()
      const before = stateOf(world)
      const controller = new AbortController()
      let seen = -1
      const stdout: string[] = []
      const print = (line: string) => {
        stdout.push(line)
        if (/ s {2}/.test(line)) seen += 1
        if (seen === index) controller.abort(new Error('interrupted (SIGINT)'))
      }
      const { status, stderr } = await init(world, LINE, { print, interruption: controller.signal })
      expect({ status, stderr: stderr.join() }).toEqual({
        status: 1,
        stderr: expect.stringContaining('interrupted (SIGINT)'),
      })
      expect({ step: stdout[index], state: stateOf(world) }).toEqual({ step: stdout[index], state: before })
    }
  })

  test('when there is no quorum within five minutes', async () => {
    const world = worth()
    const before = stateOf(world)
    world.isQuorate = false
    const { status, stderr } = await init(world, LINE)
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: [expect.stringMatching(/^vhacs: waiting for quorum: not within 300 s/)],
    })
    expect(stateOf(world)).toEqual(before)
  })

  test('as far as it can be; what cannot is named', async () => {
    const world = bareNodes()
    world.cluster.disturb = ({ words }) => (['cibadmin', 'find'].includes(words[0] ?? '') ? 'fails' : undefined)
    const { stdout } = await init(world, 'node1-2')
    expect(stdout.join('\n')).toMatch(/NOT UNDONE: starting Pacemaker on node1, node2: node1: find/)
    expect(stdout.join('\n')).toMatch(/NOT UNDONE: writing corosync\.conf/)
  })
})

test('another one that is at work on a node is not disturbed (failed, 1)', async () => {
  const world = bareNodes()
  bare(world, 'node2').files.set('/run/vhacs-init', '')
  const before = stateOf(world)
  const { status, stderr } = await init(world, 'node1-2')
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: [expect.stringMatching(/^vhacs: node2: another vhacs cluster --init is at work/)],
  })
  expect(stateOf(world)).toEqual(before)
})

test('a node that has become a member of a cluster since it was examined is left alone (failed, 1)', async () => {
  const world = bareNodes()
  world.cluster.disturb = ({ node: name, words: [tool] }) => {
    if (name === 'node2' && tool === 'mkdir') bare(world, 'node2').files.set(CONF, 'totem { }')
    return undefined
  }
  const { status, stderr } = await init(world, 'node1-2')
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: ['vhacs: node2: it has become a member of a cluster meanwhile'],
  })
  expect(bare(world, 'node2').files.get(CONF)).toBe('totem { }')
})
