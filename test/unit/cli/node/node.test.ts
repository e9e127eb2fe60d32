import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { ROLE_MODULES } from '../../../../cli/run/role-modules.ts'
import { readCluster } from '../../../../cloud/cib/read/cluster.ts'
import { type FakeCluster, fakeCluster, isReading, node } from '../../../fake/cluster/cluster.ts'
import { forgetInitiator, withMeta, withNodeAttribute, withPromotionScore } from '../../cloud/cib.ts'
import { c0 } from '../../cloud/examples.ts'
import { simulate } from '../../cloud/pacemaker.ts'
import { given } from '../call.ts'
import { RECORDED } from '../recorded.ts'
import { fenced } from '../storage/fence.ts'

/** Such as `node1 storage vhost`. */
const rolesOf = ({ cib }: FakeCluster) =>
  readCluster(cib).nodes.map(({ name, attributes }) => {
    const roles = ['storage', 'vhost'].filter(role => attributes[`vhacs-${role}`] === 'true')
    return [name, ...roles].join(' ')
  })

/** A cluster whose nodes have no roles. */
function roleless(): FakeCluster {
  const cluster = fakeCluster()
  for (const name of ['node1', 'node2', 'node3'])
    for (const role of ['vhacs-storage', 'vhacs-vhost'])
      cluster.cib = withNodeAttribute(cluster.cib, name, role, 'false')
  return cluster
}

test.each([
  ['--setrole storage node2', ['node1', 'node2 storage', 'node3'], 'node2: storage set'],
  ['-s vhost node1,node3', ['node1 vhost', 'node2', 'node3 vhost'], 'node1, node3: vhost set'],
  ['-s storage,vhost node1', ['node1 storage vhost', 'node2', 'node3'], 'node1: storage, vhost set'],
  [
    '-s ALL ALL',
    ['node1 storage vhost', 'node2 storage vhost', 'node3 storage vhost'],
    'node1, node2, node3: storage, vhost set',
  ],
])('node %s adds roles', async (line, roles, said) => {
  const cluster = roleless()
  await given(cluster).run(`node ${line}`).succeeds([said])
  expect(rolesOf(cluster)).toEqual(roles)
})

test.each([
  ['storage', 'drbd target_core_mod target_core_iblock iscsi_target_mod'],
  ['vhost', 'iscsi_tcp sd_mod ext4'],
])('the role %s loads the kernel modules that a takeover needs', async (role, modules) => {
  const cluster = roleless()
  const loads: (readonly string[])[] = []
  node(cluster, 'node2').system.tools.set('modprobe', args => {
    loads.push(args)
    return 0
  })
  await given(cluster).run(`node --setrole ${role} node2`).succeeds()
  expect(loads).toEqual([['--all', '--', ...modules.split(' ')]])
})

test("the role vhost prepares the directories of iscsiadm's records; what a node cannot create is reported", async () => {
  const cluster = roleless()
  const calls: (readonly string[])[] = []
  node(cluster, 'node2').system.tools.set('sh', args => {
    calls.push(args)
    return { status: 1, stderr: 'mkdir: No space left on device' }
  })
  const { stdout } = await given(cluster).run('node --setrole vhost node2').succeeds()
  expect(calls).toEqual([['-s', '--', '/etc/iscsi', '/var/lib/iscsi']])
  expect(stdout.join('\n')).toMatch(/node2 does not have the directories of iscsiadm's records yet; .*No space left/)
})

test('modules that cannot be loaded are reported, and the role is given', async () => {
  const cluster = roleless()
  node(cluster, 'node2').system.tools.set('modprobe', () => ({ status: 1, stderr: 'modprobe: FATAL: no module drbd' }))
  const { stdout } = await given(cluster).run('node --setrole storage node2').succeeds()
  expect(stdout.join('\n')).toMatch(/not loaded on node2 before its next boot: .*no module drbd/)
  expect(rolesOf(cluster)).toContain('node2 storage')
})

test('all of them are loaded at boot', () => {
  const lines = readFileSync('systemd/vhacs-modules.conf', 'utf8').split('\n')
  expect(lines.filter(line => line !== '' && !line.startsWith('#'))).toEqual(Object.values(ROLE_MODULES).flat())
})

test.each([
  ['--delrole vhost node2', ['node1 storage vhost', 'node2 storage', 'node3 storage vhost'], 'node2: vhost removed'],
  ['-d ALL node1,node2', ['node1', 'node2', 'node3 storage vhost'], 'node1, node2: storage, vhost removed'],
])('node %s removes roles', async (line, roles, said) => {
  const cluster = fakeCluster()
  await given(cluster).run(`node ${line}`).succeeds([said])
  expect(rolesOf(cluster)).toEqual(roles)
})

test('a vhost with the initiator name of another is refused', async () => {
  const cluster = fakeCluster()
  const copied = node(cluster, 'node3').system
  copied.put('/etc/iscsi/initiatorname.iscsi', 'InitiatorName=iqn.2004-10.com.debian:node1\n')
  const before = cluster.cib
  await given(cluster)
    .run('node --setrole vhost node3')
    .isRefused(
      /^vhacs: node3 and node1 have the same iSCSI initiator name .*: give each its own in .*; nothing was changed$/,
    )
  expect(readCluster(cluster.cib)).toEqual(readCluster(before))
})

describe('a new vhost', () => {
  /** c0 runs on node1 and node2, the only ones in its ACL, and node3 is not a vhost. */
  function withoutThird(): FakeCluster {
    const cluster = fakeCluster([c0])
    forgetInitiator(cluster, 'node3')
    const others = withNodeAttribute(cluster.cib, 'node3', 'vhacs-vhost', 'false')
    const scored = ['node1', 'node2'].reduce((cib, name) => withPromotionScore(cib, name, 'c0-drbd', 10000), others)
    cluster.cib = [1, 2, 3, 4].reduce(cib => simulate(cib).cib, scored)
    return cluster
  }
  const initiatorsOf = ({ cib }: FakeCluster) => readCluster(cib).clouds[0]?.initiators
  const THIRD = 'iqn.2004-10.com.debian:node3'

  test('is added to the ACLs of existing storages, and its name is recorded', async () => {
    const cluster = withoutThird()
    const { stdout } = await given(cluster).run('node -s vhost node3 --interrupt').succeeds()
    expect(stdout).toContain(`    initiator ${THIRD} may log in`)
    expect(stdout).toContain('! cloud c0 is interrupted: its I/O is paused until its export is back')
    expect(initiatorsOf(cluster)).toEqual([...c0.initiators, THIRD])
    expect(readCluster(cluster.cib).nodes[2]?.attributes).toMatchObject({
      'vhacs-vhost': 'true',
      'vhacs-initiator': THIRD,
    })
  })

  test('is refused if storages would be interrupted, without --interrupt (usage, 2)', async () => {
    const cluster = withoutThird()
    const before = rolesOf(cluster)
    const { stdout } = await given(cluster)
      .run('node -s vhost node3')
      .isRefused('vhacs: this would interrupt c0; pass --interrupt to proceed (nothing was changed)')
    expect(stdout).toContain('! cloud c0 is interrupted: its I/O is paused until its export is back')
    expect(rolesOf(cluster)).toEqual(before)
    expect(initiatorsOf(cluster)).toEqual(c0.initiators)
  })

  test('that already is one, and is in the ACLs, interrupts nothing', async () => {
    await given(withoutThird()).run('node -s vhost node1-2').succeeds(['node1, node2: vhost set'])
  })

  test('whose initiator name is unknown is refused (usage, 2)', async () => {
    const cluster = withoutThird()
    node(cluster, 'node3').isUp = false
    const before = rolesOf(cluster)
    await given(cluster)
      .run('node -s vhost node3 --interrupt')
      .isRefused(/^vhacs: the iSCSI initiator name of node3 is unknown, .*nothing was changed$/)
    expect(rolesOf(cluster)).toEqual(before)
  })

  test('that is down is added to the ACLs by its recorded name', async () => {
    const cluster = withoutThird()
    cluster.cib = withNodeAttribute(cluster.cib, 'node3', 'vhacs-initiator', THIRD)
    node(cluster, 'node3').isUp = false
    await given(cluster).run('node -s vhost node3 --interrupt').succeeds()
    expect(initiatorsOf(cluster)).toContain(THIRD)
  })
})

describe('standby', () => {
  const standbyOf = ({ cib }: FakeCluster) => readCluster(cib).nodes.map(({ attributes }) => attributes.standby)

  test('puts a range of nodes into standby', async () => {
    const cluster = fakeCluster()
    const { stdout } = await given(cluster).run('node -S node2-3').succeeds()
    expect(stdout).toEqual(
      ['node2', 'node3'].map(name => `${name}: in standby: Pacemaker moves its resources to other nodes`),
    )
    expect(standbyOf(cluster)).toEqual([undefined, 'on', 'on'])
  })

  test('ends when the nodes are made active', async () => {
    const cluster = fakeCluster()
    await given(cluster).run('node --standby ALL')
    await given(cluster).run('node --active node1,node3').succeeds(['node1: active', 'node3: active'])
    expect(standbyOf(cluster)).toEqual([undefined, 'on', undefined])
  })
})

describe('a node is put into standby', () => {
  const drbd = (state: string) => `version: 8.4.11 (api:1)\n 0: ${state} C r-----\n    ns:0 oos:0\n`
  const isOn = ({ cib }: FakeCluster, name: string) =>
    readCluster(cib).nodes.some(one => one.name === name && one.attributes.standby === 'on')

  /** c0 is exported by node1; what DRBD says on node2. */
  function pair(state: string): FakeCluster {
    const cluster = fakeCluster([c0])
    node(cluster, 'node2').system.put('/proc/drbd', drbd(state))
    return cluster
  }

  const REFUSED: readonly (readonly [string, FakeCluster, string])[] = [
    [
      'during a resync',
      pair('cs:SyncTarget ro:Secondary/Primary ds:Inconsistent/UpToDate'),
      'the data of node2 are Inconsistent, SyncTarget',
    ],
    [
      'without a connection',
      pair('cs:WFConnection ro:Secondary/Unknown ds:Outdated/DUnknown'),
      'the data of node2 are Outdated, WFConnection',
    ],
    ['while DRBD is down there', fakeCluster([c0]), 'the data of node2 are unknown: DRBD is down'],
    [
      'while a fence constraint is in the way',
      fenced(pair('cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate')),
      'only node1 may be promoted (drbd-fence-by-handler-c0-c0-drbd-clone)',
    ],
  ]

  test.each(REFUSED)('only with --interrupt %s of the other side of a storage', async (_, cluster, why) => {
    const { status, stderr } = await given(cluster).run('node -S node1')
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: [
        `vhacs: c0 would be down: ${why}: wait until "vhacs storage --info" shows it in sync, or pass --interrupt (nothing was changed)`,
      ],
    })
    expect(isOn(cluster, 'node1')).toBe(false)
    const { stdout } = await given(cluster).run('node -S node1 --interrupt').succeeds()
    expect(stdout).toContain(`WARNING: c0 will be down: ${why}`)
    expect(isOn(cluster, 'node1')).toBe(true)
  })

  test('only with --interrupt when the scheduler cannot be asked, with what to do about that', async () => {
    const cluster = pair('cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate')
    node(cluster, 'node1').system.tools.set('crm_simulate', () => ({ status: 78, stderr: 'Invalid configuration\n' }))
    const { status, stderr } = await given(cluster).run('node -S node1')
    expect(status).toBe(1)
    expect(stderr.join()).toMatch(
      /^vhacs: what would move is unknown: .*crm_simulate.* exited with 78: Invalid configuration: run "crm_verify --live-check -VV" and correct what it reports, or pass --interrupt \(nothing was changed\)$/,
    )
    expect(isOn(cluster, 'node1')).toBe(false)
    const { stdout } = await given(cluster).run('node -S node1 --interrupt').succeeds()
    expect(stdout.join()).toContain('WARNING: what would move is unknown: ')
    expect(isOn(cluster, 'node1')).toBe(true)
  })

  test.each([
    'on',
    'true',
    'YES',
    '1',
  ])('only with --interrupt when the other side is in standby (%s)', async standby => {
    const cluster = pair('cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate')
    cluster.cib = withNodeAttribute(cluster.cib, 'node2', 'standby', standby)
    expect((await given(cluster).run('node -S node1')).stderr.join()).toContain('node2 is offline or in standby')
  })

  test('when the other side has the data, whichever exports, and when it has none of the storage', async () => {
    const cluster = pair('cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate')
    await given(cluster).run('node -S node1').succeeds()
    await given(fakeCluster([c0]))
      .run('node -S node3')
      .succeeds()
  })

  test('only with --interrupt while its mount could not move', async () => {
    const cluster = fakeCluster([c0])
    cluster.cib = withMeta(cluster.cib, 'c0-mount', 'is-managed', 'false')
    node(cluster, 'node1').system.put('/proc/drbd', drbd('cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate'))
    const why =
      'the mount of c0 would not move: c0-mount has is-managed=false: Pacemaker neither stops nor moves it (crm_resource -r c0-mount --meta -d is-managed)'
    await given(cluster)
      .run('node -S node2')
      .isRefused(`vhacs: ${why}: remove that first, or pass --interrupt (nothing was changed)`)
    expect(isOn(cluster, 'node2')).toBe(false)
    const { stdout } = await given(cluster).run('node -S node2 --interrupt').succeeds()
    expect(stdout).toContain(`WARNING: ${why}`)
    expect(isOn(cluster, 'node2')).toBe(true)
  })

  test('only with --interrupt while the node that would take over says that it cannot', async () => {
    const cluster = pair('cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate')
    const answer = RECORDED.replace('/run 50817 ', '/run 0 ')
    node(cluster, 'node2').system.tools.set('sh', () => ({ status: 0, stdout: answer }))
    await given(cluster)
      .run('node -S node1')
      .isRefused(/^vhacs: the export of c0 would not move: the file system of \/run is full; /)
    expect(isOn(cluster, 'node1')).toBe(false)
  })

  test('with a warning when both sides are named, or all nodes', async () => {
    for (const nodes of ['node1,node2', 'ALL']) {
      const { stdout } = await given(fakeCluster([c0]))
        .run(`node -S ${nodes}`)
        .succeeds()
      expect(stdout).toContain('WARNING: c0 will be down: both its storage nodes are among these')
    }
  })

  test('whose storages are in standby, whatever the other side has', async () => {
    await given(fakeCluster([{ ...c0, state: 'standby' }]))
      .run('node -S node1')
      .succeeds()
  })
})

describe('node --info', () => {
  test("shows a node's networks, resources and failures", async () => {
    const cluster = fakeCluster([c0])
    cluster.failures = [{ resource: 'c0-session', node: 'node2', action: 'monitor', reason: 'no session' }]
    const { stdout } = await given(cluster).run('node -i node2').succeeds()
    const facts = Object.fromEntries(stdout.slice(1).map(line => line.trim().split(/: +/)))
    expect(stdout[0]).toBe('node2')
    expect(facts).toMatchObject({
      'HA status': 'online',
      roles: 'storage, vhost',
      'free storage': '9.00G/10.00G',
      'holds data of': 'c0',
      exports: 'nothing',
      'has mounted': 'c0',
      'storage network': 'eth1, 192.0.2.2',
      'heartbeat network': 'not set in /etc/vhacs.conf',
      'initiator name': 'iqn.2004-10.com.debian:node2',
    })
    expect(stdout.at(-1)).toBe('    failed: c0-session:  monitor: no session')
  })

  test('a fact that cannot be determined does not hide the others', async () => {
    const cluster = fakeCluster()
    node(cluster, 'node2').system.take('/etc/iscsi/initiatorname.iscsi')
    const { stdout } = await given(cluster).run('node -i node2').succeeds()
    expect(stdout.join('\n')).toMatch(/initiator name: +\? \(node2: cat .* No such file or directory\)/)
    expect(stdout.join('\n')).toMatch(/storage network: +eth1, 192\.0\.2\.2/)
  })
})

test('node --list has a line for each node with its roles', async () => {
  const cluster = fakeCluster()
  cluster.cib = withNodeAttribute(cluster.cib, 'node3', 'vhacs-storage', 'false')
  const { stdout } = await given(cluster).run('node -l')
  expect(stdout.filter(line => line.startsWith('| (')).map(line => line.split(/ *\| */).slice(1, -1))).toEqual([
    ['(A)node1', 'online', 'storage,vhost'],
    ['(A)node2', 'online', 'storage,vhost'],
    ['(A)node3', 'online', 'vhost'],
  ])
})

describe('nothing is changed by', () => {
  test.each([
    ['node -s storage node9', 'vhacs: node9 is not a node of this cluster (nodes: node1, node2, node3)'],
    ['node -s storage node1,node9', 'vhacs: node9 is not a node of this cluster (nodes: node1, node2, node3)'],
    ['node -s router node1', 'vhacs: "router" is not a role: give storage, vhost or both'],
    ['node -s storage,, node1', 'vhacs: "" is not a role: give storage, vhost or both'],
    ['node node1', expect.stringMatching(/^vhacs: node: expected one of -s\|--setrole, -d\|--delrole, /)],
    ['node -s storage -d vhost node1', 'vhacs: node: expected one of -s|--setrole, -d|--delrole'],
  ])('%s', async (line, words) => {
    const cluster = fakeCluster()
    await given(cluster).run(line).isRefused(words, [])
    expect(cluster.ran.filter(command => !isReading(command))).toEqual([])
  })
})

test('a refusal by Pacemaker is reported with its message', async () => {
  const cluster = fakeCluster()
  cluster.disturb = ({ words: [tool] }) => (tool === 'crm_attribute' ? 'fails' : undefined)
  await given(cluster)
    .run('node -s storage node1')
    .fails(/crm_attribute .* exited with 99/)
})
