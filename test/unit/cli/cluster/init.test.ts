import { describe, expect, test } from 'vitest'
import { ROLE_MODULES } from '../../../../cli/run/role-modules.ts'
import {
  type BareNodes,
  bare,
  bareNodes,
  CONF,
  DISK,
  type FencingOutcome,
  KEY,
  SECRET,
  startedByPackages,
  stateOf,
} from '../../../fake/cluster/bare-nodes.ts'
import { node } from '../../../fake/cluster/cluster.ts'
import { run } from '../call.ts'
import { like } from './like.ts'

const init = (world: BareNodes, line: string, terminal = {}) =>
  run(world.cluster.system, `cluster --init ${line}`, terminal)

/** Commands that make changes. */
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

type Change = (text: string) => string

/** Nodes, of which node2 answers differently. */
function odd(change: Change): BareNodes {
  const world = bareNodes()
  bare(world, 'node2').says = change
  return world
}

const backupOf = (files: ReadonlyMap<string, string>, path: string) =>
  [...files].find(([name]) => name.startsWith(`${path}.backup-`))?.[1]

/** One section of its answer is this text. */
const section =
  (name: string, text: string): Change =>
  answer =>
    answer.replace(new RegExp(`^== ${name}\n(?:(?!== ).*\n?)*`, 'm'), () => `== ${name}\n${text}\n`)

describe('of two bare nodes', () => {
  test('a cluster is formed, with a warning that it has no fencing', async () => {
    const world = bareNodes()
    const { status, stdout, stderr } = await init(world, 'node1-2 --name lab')
    expect({ status, stderr }).toEqual({ status: 0, stderr: [] })
    expect(stdout).toContain('node1, node2: the cluster lab is formed; check it with "vhacs cluster --check"')
    expect(stdout).toContain('WARNING: NO FENCING: if a node is lost, nothing fails over')
    for (const name of ['node1', 'node2']) {
      expect([...bare(world, name).active]).toEqual(['corosync', 'pacemaker'])
      expect([...bare(world, name).enabled]).toEqual(['corosync', 'pacemaker'])
    }
    expect(bare(world, 'node3').active.size).toBe(0)
  })

  test('with --alerts, it reports events to these recipients, and to nobody without', async () => {
    const world = bareNodes()
    await init(world, 'node1-2 --alerts log,mail:admin@example.com')
    expect(world.configuration).toContain('<recipient id="vhacs-alert-recipient-2" value="mail:admin@example.com"/>')
    const other = bareNodes()
    await init(other, 'node1-2')
    expect(other.configuration).not.toContain('alert')
  })

  test('recipients of another form are refused before anything is looked at', async () => {
    const world = bareNodes()
    const { status } = await init(world, 'node1-2 --alerts nobody')
    expect({ status, ran: world.cluster.ran }).toEqual({ status: 2, ran: [] })
  })

  test('both get the same corosync.conf, with two links and the settings for two nodes', async () => {
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

  test('both get the same key, which appears in no command line and no output', async () => {
    const world = bareNodes()
    const { stdout, stderr } = await init(world, 'node1-2 -V 2')
    expect(['node1', 'node2', 'node3'].map(name => bare(world, name).files.get(KEY))).toEqual([
      SECRET,
      SECRET,
      undefined,
    ])
    expect([...stdout, ...stderr, ...world.cluster.ran.flatMap(({ words }) => words)].join()).not.toContain(SECRET)
  })

  test('LVM, DRBD and systemd get the settings that VHACS needs, with backups of the old files', async () => {
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

  test('the CIB gets fencing enabled, and the requested roles', async () => {
    const world = bareNodes()
    await init(world, 'node1-2 --roles storage')
    expect(world.configuration).toContain('name="stonith-enabled" value="true"')
    expect(world.configuration).toMatch(/<node id="2" uname="node2">[\s\S]*name="vhacs-storage" value="true"/)
    expect(world.configuration).not.toContain('vhacs-vhost')
  })

  test('before they get roles, they are prepared as by "node --setrole"', async () => {
    const world = bareNodes()
    await init(world, 'node1-2 --roles ALL')
    const commands = world.cluster.ran.map(({ node: name, words }) => `${name} ${words.join(' ')}`)
    const last = commands.indexOf('node1 cibadmin --modify --allow-create --xml-pipe')
    expect(commands.slice(last - 4, last)).toEqual([
      'node1 sh -s -- /etc/iscsi /var/lib/iscsi',
      'node2 sh -s -- /etc/iscsi /var/lib/iscsi',
      ...['node1', 'node2'].map(name => `${name} modprobe --all -- ${Object.values(ROLE_MODULES).flat().join(' ')}`),
    ])
  })

  test('a node that cannot be prepared gets its role, and the operator is told', async () => {
    const world = bareNodes()
    world.cluster.disturb = ({ words: [tool] }) => (tool === 'modprobe' ? 'fails' : undefined)
    const { status, stdout } = await init(world, 'node1-2 --roles storage')
    expect(status).toBe(0)
    expect(stdout.join('\n')).toContain(
      'the kernel modules for a takeover are not loaded on node2 before its next boot: ',
    )
    expect(world.configuration).toContain('name="vhacs-storage" value="true"')
  })

  test('the CIB gets the initiator names of the nodes, for when one of them is down', async () => {
    const world = bareNodes()
    await init(world, 'node1-2')
    expect(world.configuration).toMatch(
      /<node id="2" uname="node2">[\s\S]*name="vhacs-initiator" value="iqn\.2026-01\.org\.vhacs:node2"/,
    )
  })

  test('without --name, the cluster is named after its first node', async () => {
    const world = bareNodes()
    await init(world, 'node2,node1')
    expect(bare(world, 'node1').files.get(CONF)).toContain('cluster_name: vhacs-node2\n')
  })

  test('services that would start nothing at boot are disabled', async () => {
    const world = odd(section('units', 'target.service \nrtslib-fb-targetctl.service enabled\ndrbd.service enabled'))
    const { enabled } = bare(world, 'node2')
    enabled.add('drbd.service').add('rtslib-fb-targetctl.service')
    await init(world, 'node1-2')
    expect([...enabled].sort()).toEqual(['corosync', 'pacemaker'])
  })

  test('an sbd that the cluster does not use is disabled', async () => {
    const world = bareNodes()
    bare(world, 'node2').enabled.add('sbd')
    await init(world, 'node1-2')
    expect([...bare(world, 'node2').active]).toEqual(['corosync', 'pacemaker'])
  })

  test("the clusters that Debian's packages start are stopped, and their files are backed up", async () => {
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

test('three nodes do not get the settings for two', async () => {
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

test('without NODES it is formed of this node, and one network makes one link', async () => {
  const world = bareNodes()
  bare(world, 'node1').says = text => text.replace('HEARTBEAT_IFNAME = "eth2"', '')
  expect(await init(world, '')).toMatchObject({ status: 0 })
  expect(
    bare(world, 'node1')
      .files.get(CONF)
      ?.match(/ring\d_addr.*/g),
  ).toEqual(['ring0_addr: 10.77.1.1'])
})

test('nodes that already form the cluster are not changed (0)', async () => {
  const world = bareNodes()
  await init(world, 'node1-2 --name lab')
  const before = stateOf(world)
  world.cluster.ran.length = 0
  expect(await init(world, 'node2,node1')).toEqual({
    status: 0,
    stdout: ['node2, node1: already in the cluster lab; nothing was changed'],
    stderr: [],
  })
  expect(stateOf(world)).toEqual(before)
  expect(changes(world)).toEqual([])
})

test('a dry run prints what would be done on each node, and changes nothing', async () => {
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

describe('fencing by a shared disk', () => {
  const withHeader = () => Object.assign(bareNodes(), { header: 'uuid-found' })

  test('uses the timeouts of its existing header', async () => {
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
    expect(world.configuration).toContain('name="pcmk_host_check" value="none"')
    expect(world.configuration).toContain('name="stonith-timeout" value="135s"')
    expect(changes(world).some(({ words: [tool] }) => tool === 'sbd')).toBe(false)
  })

  test('lets the node with the mounts win: by the delay that slots need, and a device that breaks a tie', async () => {
    const world = withHeader()
    await init(world, `node1-2 --sbd-device ${DISK}`)
    expect(world.configuration).toContain('name="priority-fencing-delay" value="15s"')
    expect(world.configuration).toContain('id="fence-sbd-meta_attributes-priority" name="priority" value="1"')
    expect(world.configuration).not.toContain('pcmk_delay')
  })

  test('also works with fence_sbd, of three nodes', async () => {
    const world = withHeader()
    for (const one of world.nodes) one.says = section('fencing', '/usr/sbin/sbd\n/usr/sbin/fence_sbd')
    await init(world, `node1-3 --sbd-device ${DISK}`)
    expect(world.configuration).toContain('type="fence_sbd"')
    expect(world.configuration).toContain(`name="devices" value="${DISK}"`)
  })

  test.each<[string, (name: string) => Change, string]>([
    ['fence_sbd where all nodes have both', () => text => `${text}\n== more\n`, 'fence_sbd'],
    [
      'external/sbd where one node has no fence_sbd',
      name => (name === 'node2' ? text => text.replace('/usr/sbin/fence_sbd\n', '') : text => text),
      'external/sbd',
    ],
    [
      'fence_vhacs_sbd where all nodes have it',
      () => text => text.replace('/usr/sbin/sbd\n', found => `${found}/usr/sbin/fence_vhacs_sbd\n`),
      'fence_vhacs_sbd',
    ],
    ['fence_sbd where external/sbd could not run', () => text => text.replace('fence_legacy-runs', ''), 'fence_sbd'],
  ])('uses %s', async (_, change, agent) => {
    const world = withHeader()
    for (const one of world.nodes)
      one.says = text => change(one.name)(text.replace('/usr/sbin/stonith\n', found => `${found}/usr/sbin/fence_sbd\n`))
    expect(await init(world, `node1-2 --sbd-device ${DISK}`)).toMatchObject({ status: 0 })
    expect(world.configuration).toContain(`type="${agent}"`)
  })

  test.each([
    [['3.0.2', '3.0.2'], 'fencing-enabled', 'fencing-timeout'],
    [['3.1.0', '3.0.1'], 'stonith-enabled', 'stonith-timeout'],
  ])('of nodes with Pacemaker %s sets %s', async (versions, enabled, timeout) => {
    const world = withHeader()
    for (const [index, one] of world.nodes.entries()) one.says = section('pacemaker', versions[index] ?? '')
    expect(await init(world, `node1-2 --sbd-device ${DISK}`)).toMatchObject({ status: 0 })
    expect(world.configuration).toContain(`name="${enabled}" value="true"`)
    expect(world.configuration).toContain(`name="${timeout}" value="135s"`)
  })

  test.each<[FencingOutcome, RegExp]>([
    ['starts for ever', /fence-sbd is not started; timed out after 300 s/],
    ['fails', /start of fence-sbd failed on node1: no module named pacemaker; start of fence-sbd failed on node2/],
    ['is silent', /cluster: the fencing device fence-sbd is started, but does not answer; timed out/],
    ['has no node2', /node2: no fencing device can fence it; timed out/],
  ])('is undone if its device %s: a cluster that cannot fence is not formed', async (outcome, why) => {
    const world = Object.assign(withHeader(), { fencing: outcome })
    const before = stateOf(world)
    const { status, stdout, stderr } = await init(world, `node1-2 --sbd-device ${DISK}`)
    expect(status).toBe(1)
    expect(stdout.join()).not.toContain('is formed')
    expect(stderr.join()).toMatch(why)
    expect(stateOf(world)).toEqual(before)
  })

  test('creates a header on a blank disk after confirmation', async () => {
    const world = bareNodes()
    const asked: string[] = []
    const ask = async (question: string) => {
      asked.push(question)
      return 'yes'
    }
    expect(await init(world, `node1-2 --sbd-device ${DISK}`, { ask })).toMatchObject({ status: 0 })
    expect(asked).toEqual([expect.stringContaining(`Lose all data on ${DISK}?`)])
    expect(world.header).toBe('uuid-made')
  })

  test.each([
    ['nobody can be asked', {}],
    ['the answer is no', { ask: async () => 'no' }],
  ])('does not change a blank disk when %s (usage, 2)', async (_, terminal) => {
    const world = bareNodes()
    expect(await init(world, `node1-2 --sbd-device ${DISK}`, terminal)).toMatchObject({ status: 2 })
    expect(changes(world)).toEqual([])
  })

  test('fails if the disk turns out to be a different one on a node', async () => {
    const world = bareNodes()
    bare(world, 'node2').hasSharedDisk = false
    const before = stateOf(world)
    const { status, stderr } = await init(world, `node1-2 --sbd-device ${DISK} --yes`)
    expect(status).toBe(1)
    expect(stderr.join()).toContain(`${DISK} is a different disk on node2`)
    expect(stateOf(world)).toEqual(before)
  })
})

test('three nodes can be fenced by their watchdogs alone', async () => {
  const world = bareNodes()
  const { status, stdout } = await init(world, 'node1-3 --sbd-watchdog')
  expect(status).toBe(0)
  expect(stdout.join()).not.toContain('NO FENCING')
  expect(bare(world, 'node3').files.get('/etc/default/sbd')).toMatch(/^SBD_WATCHDOG_TIMEOUT=10$[\s\S]*^SBD_DEVICE=""$/m)
  expect(world.configuration).toContain('name="stonith-watchdog-timeout" value="20s"')
  expect(world.configuration).not.toContain('primitive')
})

test('three nodes do not form a cluster while one of them has no watchdog that would reset it', async () => {
  const world = bareNodes()
  // the module was unloaded after the nodes had been checked
  bare(world, 'node3').says = text =>
    bare(world, 'node3').active.has('pacemaker') ? text.replace('i6300ESB timer', '') : text
  const { status, stderr } = await init(world, 'node1-3 --sbd-watchdog')
  expect(status).toBe(1)
  expect(stderr.join()).toContain('node3: has no watchdog')
})

describe('without fencing, the output suggests', () => {
  test.each([
    ['a disk that all nodes have', 'node1-2', `the nodes seem to share a disk: --sbd-device ${DISK}`],
    ['the watchdogs of three', 'node1-3', 'there are at least three nodes, each with a watchdog: --sbd-watchdog'],
  ])('%s', async (_, nodes, advice) => {
    expect((await init(bareNodes(), nodes)).stdout).toContain(`    ${advice}`)
  })

  test('neither the watchdogs of two, nor a disk in use', async () => {
    const world = odd(text => text.replace('"fstype":null', '"fstype":"ext4"'))
    const { stdout } = await init(world, 'node1-2')
    expect(stdout.at(-1)).toMatch(/^ {4}otherwise configure/)
    expect(stdout.join()).not.toContain('--sbd')
  })
})

const WITH_DISK = `--sbd-device ${DISK}`
const FAR = 'totem {\n  cluster_name: other\n}\nnodelist {\n  node {\n    name: far\n    ring0_addr: 192.0.2.9\n  }\n}'

/** What differs on node2: the only finding, a part of the advice, and further options. */
const REFUSALS: readonly [string, Change, string, string?][] = [
  ['error: node2: pacemakerd is not installed', section('tools', 'pacemakerd'), 'apt-get install pacemaker'],
  [
    'error: node2: the kernel has no module iscsi_target_mod',
    text => text.replace('iscsi_target_mod\n', ''),
    'linux-image',
  ],
  ['error: node2: interface eth9 …', text => text.replace('= "eth3"', '= "eth9"'), 'correct'],
  ['error: node2: …line 1: NAME = "value" is expected…', section('conf', 'rubbish'), 'vhacs(8)'],
  ['error: node2: is already in the cluster other (nodes: far)', section('ring', FAR), 'remove it from that'],
  ['error: node2: is already in the cluster of its /etc/…', section('ring', 'totem { }'), 'remove it from that'],
  ['error: node2: Pacemaker still has the resources of a former cluster', section('configured', '3'), 'rm /var'],
  ['error: node2: Pacemaker is running', section('daemons', 'pacemaker active enabled'), 'systemctl disable'],
  ['error: node2: its own host name is alpha', section('name', 'alpha'), 'uname'],
  ['error: node2: cannot resolve the name node1', section('names', 'node1'), 'hosts'],
  [
    'error: node2: target.service is enabled: …',
    text => section('units', 'target.service enabled')(section('saved', '/etc/target/saveconfig.json')(text)),
    'systemctl disable target.service',
  ],
  [
    'error: node2: rtslib-fb-targetctl.service is enabled: …',
    text =>
      section(
        'units',
        'rtslib-fb-targetctl.service enabled',
      )(section('saved', '/etc/rtslib-fb-target/saveconfig.json')(text)),
    'systemctl disable rtslib-fb-targetctl.service',
  ],
  [
    'error: node2: drbd.service is enabled: …',
    text => section('units', 'drbd.service enabled')(section('resources', 'own.res')(text)),
    'systemctl disable drbd.service',
  ],
  [
    'error: cluster: nodes have the same address on a link: …',
    text => text.replaceAll('10.77.2.2', '10.77.2.1'),
    'correct',
  ],
  [
    'error: cluster: a link is IPv4 on one node and IPv6 on another: …',
    text => text.replace(/"inet","local":"10\.77\.2\.2","prefixlen":24/, '"inet6","local":"fd00::2","prefixlen":64'),
    'correct',
  ],
  [
    'error: cluster: the nodes have different numbers of links: node1 2, node2 1',
    text => text.replace('HEARTBEAT_IFNAME = "eth2"', ''),
    'on all',
  ],
  ['error: cluster: the nodes have different versions of VHACS…', section('version', '0.0.1'), 'same version'],
  [
    'error: cluster: node1, node2 have the same initiator…',
    text => text.replace('vhacs:node2', 'vhacs:node1'),
    'iscsi-iname',
  ],
  [
    'error: node2: has the storage role, but no volume group vhacs',
    section('groups', ''),
    'vgcreate',
    '--roles storage',
  ],
  ['error: node2: sbd is not installed', text => text.replace('/usr/sbin/sbd\n', ''), 'apt-get', WITH_DISK],
  ['error: node2: no fencing agent for sbd is installed', section('fencing', '/usr/sbin/sbd'), 'apt-get', WITH_DISK],
  [
    'error: node2: fence_legacy cannot run, so external/sbd cannot',
    text => text.replace('fence_legacy-runs', ''),
    'apt-get install fence-agents-sbd (Debian 12: fence-agents), or python3-pacemaker',
    WITH_DISK,
  ],
  [
    'error: node2: stonith is not installed, so external/sbd cannot',
    text => text.replace('/usr/sbin/stonith\n', ''),
    'or cluster-glue',
    WITH_DISK,
  ],
  [
    'error: cluster: the nodes have different fencing agents for sbd: …',
    text => text.replace('/usr/lib/stonith/plugins/external/sbd', '/usr/sbin/fence_sbd'),
    'apt-get install fence-agents-sbd (Debian 12: fence-agents) on all nodes',
    WITH_DISK,
  ],
  ['error: node2: has no watchdog', section('watchdog', ''), 'module', WITH_DISK],
  ['error: node2: has no block device …', section('disk', '/dev/sdx'), `such as ${DISK}`, WITH_DISK],
  ['error: node2: … holds LVM2_member', section('signatures', 'LVM2_member'), 'unused', WITH_DISK],
  [
    'error: node2: … is read-only or in use',
    text => text.replace('"mountpoints":[null]', '"mountpoints":["/srv"]'),
    'unused',
    WITH_DISK,
  ],
  [
    'error: cluster: the device is not the same disk on all nodes',
    text => text.replace('"size":8388608', '"size":9999999'),
    'by-id',
    WITH_DISK,
  ],
  [
    'error: cluster: the device is not the same disk …',
    text => text.replace('"wwn":"0x5"', '"wwn":"0x6"'),
    'by-id',
    WITH_DISK,
  ],
  [
    'error: cluster: the disk has neither WWN nor serial number, …',
    text => text.replace('"wwn":"0x5"', '"wwn":null').replace('"serial":"S5"', '"serial":null'),
    'create',
    WITH_DISK,
  ],
]

describe('the cluster is not formed, and nothing is changed (usage, 2), after', () => {
  test.each(REFUSALS)('%s', async (finding, change, advice, options = '') => {
    const world = odd(change)
    const { status, stdout, stderr } = await init(world, `node1-2 --yes ${options}`)
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: ['vhacs: cannot form the cluster: 1 error found; nothing was changed'],
    })
    expect(stdout).toEqual([like(finding), expect.stringContaining(advice)])
    expect(changes(world)).toEqual([])
  })

  test('an unreachable node, with all other findings and how ranges were read (failed, 1)', async () => {
    const world = odd(section('tools', 'ip'))
    node(world.cluster, 'node3').isUp = false
    const { status, stdout, stderr } = await init(world, 'node1-3')
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: ['vhacs: cannot form the cluster: 2 errors found; nothing was changed'],
    })
    expect(stdout.at(-1)).toBe('node1-3 was read as node1, node2, node3; write node1-3-3 for the one name')
    expect(stdout.filter(line => line.startsWith('error'))).toEqual([
      expect.stringMatching(/^error: node3: unreachable: ssh root@node3 exited with 255/),
      'error: node2: ip is not installed',
    ])
    expect(changes(world)).toEqual([])
  })

  test('an address that another node cannot reach over its link', async () => {
    const world = bareNodes()
    world.unreachable.add('10.77.1.2')
    const { status, stdout } = await init(world, 'node1-2')
    expect(status).toBe(2)
    expect(stdout[0]).toBe('error: node1: cannot reach 10.77.1.2')
    expect(changes(world)).toEqual([])
  })

  test('a request to add a node to an existing cluster', async () => {
    const world = bareNodes()
    await init(world, 'node1-2 --name lab')
    const before = stateOf(world)
    const { status, stdout } = await init(world, 'node1-3')
    expect(status).toBe(2)
    expect(stdout[0]).toBe('error: node1: is already in the cluster lab (nodes: node1, node2)')
    expect(stateOf(world)).toEqual(before)
  })

  test('a request for an existing cluster that does not run on all nodes', async () => {
    const world = bareNodes()
    await init(world, 'node1-2')
    bare(world, 'node2').active.clear()
    expect(await init(world, 'node1-2')).toMatchObject({ status: 2 })
  })

  test.each([
    ['ALL', /ALL has no meaning/],
    ['node1,-rf', /expected a host name/],
    ['node1-2 --name a:b', /--name: expected letters, digits/],
    ['node1-2 --roles none', /"none" is not a role/],
    ['node1-2 --sbd-watchdog', /needs at least three nodes/],
    [`node1-3 --sbd-watchdog --sbd-device ${DISK}`, /cannot be combined/],
    ['node1-2 --sbd-device sdb', /a path such as \/dev\/disk\/by-id\/NAME/],
    ['node1-2 --sbd-device /dev/$(reboot)', /a path such as/],
  ])('the arguments %s', async (line, what) => {
    const world = bareNodes()
    const { status, stderr } = await init(world, line)
    expect({ status, stderr }).toEqual({ status: 2, stderr: [expect.stringMatching(what)] })
    expect(world.cluster.ran).toEqual([])
  })
})

/** What differs on node2, the arguments, and the warning; the cluster is formed. */
const WARNINGS: readonly (readonly [string, Change, string])[] = [
  ['warning: node2: cannot reach node1 by ssh', section('ssh', 'node1'), ''],
  ['warning: cluster: the nodes have different versions of Pacemaker: …', section('pacemaker', '2.1.6'), ''],
  [
    'warning: node2: the global_filter in /etc/lvm lets LVM scan …',
    section('filter', 'global_filter=["r|/dev/x|"]\nuse_devicesfile=0'),
    '',
  ],
  ['warning: node2: has only a software watchdog: …', section('watchdog', 'Software Watchdog'), WITH_DISK],
  [
    'warning: node2: … also has slots of far',
    section('others', '0\tfar\tclear\t\n1\tnode1\tclear\t\n2\tvhacs-claim-far\tclear\t'),
    WITH_DISK,
  ],
  [
    'warning: node2: eth2 and eth1 are on the same network: …',
    text => text.replace(/"local":"10\.77\.1\.2","prefixlen":24/, '"local":"10.77.2.22","prefixlen":24'),
    '',
  ],
]

describe('the cluster is formed in spite of', () => {
  test.each(WARNINGS)('%s', async (warning, change, options) => {
    const world = odd(change)
    const { status, stdout } = await init(world, `node1-2 --yes ${options}`)
    expect(status).toBe(0)
    expect(stdout).toContainEqual(like(warning))
  })

  test("an administrator's own filter, which is not changed", async () => {
    const world = odd(section('filter', 'global_filter=["r|/dev/x|"]\nuse_devicesfile=0'))
    await init(world, 'node1-2')
    expect(bare(world, 'node2').files.get('/etc/lvm/lvmlocal.conf')).toBe('local {\n}\n')
  })
})

describe('everything is rolled back', () => {
  /** Nodes with something to restore, and a blank disk. */
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
      // the owner of the remaining lock is unknown, and removing it is the last command
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

  test('without quorum within five minutes', async () => {
    const world = worth()
    const before = stateOf(world)
    world.isQuorate = false
    const { status, stderr } = await init(world, LINE)
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: [expect.stringMatching(/^vhacs: waiting for quorum: timed out after 300 s/)],
    })
    expect(stateOf(world)).toEqual(before)
  })

  test('as far as possible, with a report of the rest', async () => {
    const world = bareNodes()
    world.cluster.disturb = ({ words }) => (['cibadmin', 'find'].includes(words[0] ?? '') ? 'fails' : undefined)
    const { stdout } = await init(world, 'node1-2')
    expect(stdout.join('\n')).toMatch(/NOT UNDONE: starting Pacemaker on node1, node2: node1: find/)
    expect(stdout.join('\n')).toMatch(/NOT UNDONE: writing corosync\.conf/)
  })
})

test('a node that another --init has locked is not changed (failed, 1)', async () => {
  const world = bareNodes()
  bare(world, 'node2').files.set('/run/vhacs-init', '')
  const before = stateOf(world)
  const { status, stderr } = await init(world, 'node1-2')
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: [expect.stringMatching(/^vhacs: node2: another "vhacs cluster --init" is running/)],
  })
  expect(stateOf(world)).toEqual(before)
})

test('a node that has joined a cluster since it was examined is not changed (failed, 1)', async () => {
  const world = bareNodes()
  world.cluster.disturb = ({ node: name, words: [tool] }) => {
    if (name === 'node2' && tool === 'mkdir') bare(world, 'node2').files.set(CONF, 'totem { }')
    return undefined
  }
  const { status, stderr } = await init(world, 'node1-2')
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: ['vhacs: node2: it has joined a cluster since it was examined; nothing was changed'],
  })
  expect(bare(world, 'node2').files.get(CONF)).toBe('totem { }')
})
