import { describe, expect, test } from 'vitest'
import { clusterIn } from '../../../../../cloud/cib/read/cluster.ts'
import { parseXml } from '../../../../../cloud/xml.ts'
import { corosyncConf } from '../../../../../system/corosync/conf/corosync-conf.ts'
import { bare, CONF, KEY, SECRET, startedByPackages, stateOf } from '../../../../fake/cluster/bare-nodes.ts'
import { isLocking, isReading, node } from '../../../../fake/cluster/cluster.ts'
import { MEMBERS, type Members, members, withFences } from '../../../../fake/cluster/membership.ts'
import { withChildren, withMembership, withNodeAttribute, withPromotionScore } from '../../../cloud/cib.ts'
import { c0 } from '../../../cloud/examples.ts'
import { simulate } from '../../../cloud/pacemaker.ts'
import { run } from '../../call.ts'
import { like } from '../like.ts'

const join = (world: Members, line = 'node3 --roles storage', terminal = {}) =>
  run(world.cluster.system, `cluster --join ${line}`, terminal)

const LINK_TOOLS = new Set(['corosync-quorumtool', 'sbd', 'true', 'crm_resource'])
/** Commands that change something, without those of the lock. */
const changes = ({ cluster }: Members) =>
  cluster.ran.filter(ran => !isReading(ran) && !isLocking(ran) && !LINK_TOOLS.has(ran.words[0] ?? ''))

const three = corosyncConf('lab', MEMBERS)

/** Everything that a join may change. */
const stateIn = (world: Members) => ({
  nodes: stateOf(world),
  loaded: ['node1', 'node2'].map(name => world.loaded.get(name)),
  cib: parseXml(world.cluster.cib).children,
})

const section = (name: string, text: string) => (answer: string) =>
  answer.replace(new RegExp(`^== ${name}\n(?:(?!== ).*\n?)*`, 'm'), () => `== ${name}\n${text}\n`)

/** node3 answers differently. */
function odd(change: (text: string) => string, world = members([c0])): Members {
  const before = bare(world, 'node3').says
  bare(world, 'node3').says = text => change(before(text))
  return world
}

/** As "vhacs node --forget node2 --leave-sides" leaves a pair. */
function leftOfPair(): Members {
  const world = members([c0])
  const one = corosyncConf('lab', MEMBERS.slice(0, 1))
  bare(world, 'node1').files.set(CONF, one)
  world.loaded.set('node1', one)
  world.loaded.delete('node2')
  bare(world, 'node2').active.clear()
  node(world.cluster, 'node2').isUp = false
  world.cluster.cib = withMembership(world.cluster.cib, 'node2', 'left')
  return world
}

describe('a third node', () => {
  test('joins a running cluster, whose clouds do not notice', async () => {
    const world = members([c0])
    const before = world.cluster.active()
    const { status, stdout, stderr } = await join(world)
    expect({ status, stderr }).toEqual({ status: 0, stderr: [] })
    expect(stdout.at(-1)).toBe('node3: it has joined the cluster; check it with "vhacs cluster --check"')
    const { files, active, enabled } = bare(world, 'node3')
    expect([...active].sort()).toEqual(['corosync', 'pacemaker', 'sbd'])
    expect([...enabled].sort()).toEqual(['corosync', 'pacemaker', 'sbd'])
    expect(files.get(KEY)).toBe(SECRET)
    expect(files.get('/etc/default/sbd')).toMatch(/^SBD_DEVICE="\/dev\/disk\/by-id\/wwn-0x5"$/m)
    expect(files.get('/etc/default/sbd')).toMatch(/^SBD_OPTS=-v$/m)
    expect([...world.loaded.values()]).toEqual([three, three, three])
    const { nodes } = clusterIn(parseXml(world.cluster.cib))
    expect(nodes.at(-1)).toMatchObject({
      name: 'node3',
      isOnline: true,
      attributes: { 'vhacs-storage': 'true', 'vhacs-initiator': 'iqn.2026-01.org.vhacs:node3' },
    })
    expect(world.cluster.active()).toEqual(before)
  })

  test('has no role before all else is done, and the members read their file once', async () => {
    const world = members([c0])
    await join(world)
    const words = changes(world).map(({ node: name, words: found }) => `${name} ${found.join(' ')}`)
    const at = (text: string) => words.findIndex(line => line.includes(text))
    expect(words.filter(line => line.includes('corosync-cfgtool -R'))).toHaveLength(1)
    expect(at('node1 corosync-cfgtool -R')).toBeLessThan(at('node3 systemctl start corosync'))
    expect(at('node3 systemctl start corosync')).toBeLessThan(at('node3 systemctl start pacemaker'))
    expect(words.at(-1)).toMatch(/^node1 cibadmin --patch/)
  })

  test('gets no role without --roles, and the operator is told', async () => {
    const { status, stdout } = await join(members([c0]), 'node3')
    expect(status).toBe(0)
    expect(stdout.at(-1)).toContain('it has joined the cluster; give it roles with "vhacs node --setrole ROLES node3"')
  })

  test("as a vhost enters the storages' ACLs, if their I/O may pause", async () => {
    const world = members([c0])
    // with a history, in which the scheduler sees that parameters have changed
    const scored = ['node1', 'node2'].reduce(
      (cib, name) => withPromotionScore(cib, name, 'c0-drbd', 10000),
      world.cluster.cib,
    )
    world.cluster.cib = [1, 2, 3, 4].reduce(cib => simulate(cib).cib, scored)
    const before = stateIn(world)
    await join(world, 'node3 --roles vhost').isRefused(/^vhacs: this would interrupt c0; pass --interrupt/)
    expect(stateIn(world)).toEqual(before)
    expect((await join(world, 'node3 --roles vhost --interrupt')).stderr).toEqual([])
    const { clouds } = clusterIn(parseXml(world.cluster.cib))
    expect(clouds[0]?.initiators).toContain('iqn.2026-01.org.vhacs:node3')
  })

  test('joins the one that is left of a pair, whose lost node has a side that the new one is to take', async () => {
    const world = leftOfPair()
    expect(await join(world)).toMatchObject({ status: 0, stderr: [] })
    expect(world.loaded.get('node1')).toBe(world.loaded.get('node3'))
    expect(world.loaded.get('node1')).toMatch(/two_node: 1/)
    // its number is not that of the lost node, which Pacemaker still knows
    expect(world.loaded.get('node1')).toMatch(/nodeid: 3\n\s*name: node3/)
    expect(clusterIn(parseXml(world.cluster.cib)).nodes.map(({ name }) => name)).toEqual(['node1', 'node2', 'node3'])
  })

  test('joins without the cluster that the packages started there', async () => {
    const world = members()
    startedByPackages(bare(world, 'node3'))
    expect(await join(world)).toMatchObject({ status: 0 })
    expect(world.loaded.get('node3')).toBe(three)
  })

  test('does not join twice', async () => {
    const world = members([c0])
    await join(world)
    const before = stateIn(world)
    const { status, stdout } = await join(world, 'node3 --roles storage')
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: ['node3: already in the cluster; nothing was changed there'],
    })
    expect((await join(world, 'node3 --roles vhost')).stdout).toEqual([
      'node3: already in the cluster; nothing was changed there; give it the missing role with "vhacs node --setrole vhost node3"',
    ])
    expect(stateIn(world)).toEqual(before)
  })
})

test('two nodes join one after another, so that what runs keeps the majority', async () => {
  const world = members([], 1)
  expect(await join(world, 'node2-3')).toMatchObject({ status: 0 })
  expect([...world.loaded.values()]).toEqual([three, three, three])
  const reloads = changes(world).filter(({ words: [tool] }) => tool === 'corosync-cfgtool')
  expect(reloads).toHaveLength(2)
})

test('a cluster of two gets the settings for two, and the delay by which one survives', async () => {
  const world = members([], 1)
  await join(world, 'node2')
  expect(world.loaded.get('node1')).toContain('two_node: 1')
  expect(world.cluster.cib).toMatch(/name="priority-fencing-delay" value="10s"/)
})

test('a dry run prints what would be done on each node, and changes nothing', async () => {
  const world = members([c0])
  const before = stateIn(world)
  const { status, stdout } = await join(world, 'node3 --roles storage --dry-run')
  expect(status).toBe(0)
  expect(stdout).toEqual(
    expect.arrayContaining([
      'node3: dd status=none conv=fsync of=/etc/corosync/corosync.conf',
      'node2: mv -T -- /etc/corosync/corosync.conf.new /etc/corosync/corosync.conf',
      'node1: corosync-cfgtool -R',
      'node3: systemctl start pacemaker',
    ]),
  )
  expect(stateIn(world)).toEqual(before)
  expect(changes(world)).toEqual([])
})

const FAR = 'totem {\n  cluster_name: other\n}\nnodelist {\n  node {\n    name: far\n    ring0_addr: 192.0.2.9\n  }\n}'

/** What differs on node3, the only finding, and a part of the advice. */
const REFUSALS: readonly [string, (text: string) => string, string][] = [
  ['error: node3: pacemakerd is not installed', section('tools', 'pacemakerd'), 'apt-get'],
  ['error: node3: is already in the cluster other (nodes: far)', section('ring', FAR), 'remove it'],
  ['error: node3: Pacemaker still has the resources of a former cluster', section('configured', '3'), 'rm /var'],
  ['error: node3: cannot resolve the name node1', section('names', 'node1'), 'hosts'],
  ['error: node3: has the storage role, but no volume group vhacs', section('groups', ''), 'vgcreate'],
  ['error: node3: has no watchdog', section('watchdog', ''), 'module'],
  ['error: node3: has no block device …', section('disk', '/dev/sdx'), 'name a shared disk'],
  [
    'error: cluster: the device is not the same disk on all nodes',
    text => text.replace('"wwn":"0x5"', '"wwn":"0x6"'),
    'by-id',
  ],
  [
    'error: node3: cannot run the fencing agent external/sbd',
    text => text.replace('/usr/lib/stonith/plugins/external/sbd', '/usr/sbin/fence_sbd'),
    'packages',
  ],
  [
    "error: node3: has no address in the network of corosync's link 0 (10.77.2.1, 10.77.2.2)",
    text => text.replace('10.77.2.3', '10.78.2.3'),
    'give it one',
  ],
  [
    'error: node3: has the address 10.77.2.2, which is that of node2',
    text => text.replace('10.77.2.3', '10.77.2.2'),
    'another',
  ],
  ['error: node3: still has /etc/drbd.d/c0.res of the storage c0', section('resources', 'c0.res'), 'drbdadm down c0'],
  [
    'error: node3: still has the volume vhacs/c0 of the storage c0',
    section('volumes', '  vhacs c0 '),
    'lvremove vhacs/c0',
  ],
  [
    'error: node3: still has the target iqn.2026-01.org.vhacs:lab:c0 of the storage c0',
    section('targets', c0.iqn),
    'targetcli',
  ],
  [
    'error: node3: still has /srv/c0 of the storage c0',
    section('directories', 'mounted /dev/sdz /srv/c0'),
    'umount /srv/c0',
  ],
  [
    'error: node3: still has the address 10.77.1.100 of the storage c0',
    text => text.replace('10.77.1.3"', '10.77.1.100"'),
    'ip address',
  ],
]

describe('no node joins, and nothing is changed (usage, 2), after', () => {
  test.each(REFUSALS)('%s', async (finding, change, advice) => {
    const world = odd(change)
    const { status, stdout, stderr } = await join(world)
    expect({ status, stderr, stdout }).toEqual({
      status: 2,
      stderr: ['vhacs: cannot add node3 to the cluster: 1 error found; nothing was changed'],
      stdout: [like(finding), expect.stringContaining(advice)],
    })
    expect(changes(world)).toEqual([])
  })

  test.each<[string, (world: Members) => void]>([
    [
      'error: node2: is offline',
      ({ cluster }) => {
        cluster.cib = cluster.cib
          .replace(/(uname="node2"[^>]*crmd=")online/, '$1offline')
          .replace(/crmd="online"([^>]*uname="node2")/, 'crmd="offline"$1')
      },
    ],
    [
      'error: cluster: /etc/corosync/corosync.conf: it is not the same on all nodes',
      world => bare(world, 'node2').files.set(CONF, corosyncConf('other', MEMBERS.slice(0, 2))),
    ],
    [
      'error: cluster: the setting expected_votes in /etc/corosync/corosync.conf decides about quorum…',
      world => {
        const text = corosyncConf('lab', MEMBERS.slice(0, 2)).replace('two_node: 1', 'expected_votes: 2')
        for (const name of ['node1', 'node2']) bare(world, name).files.set(CONF, text)
      },
    ],
    [
      'error: node3: no fencing device can fence it',
      world => {
        world.cluster.cib = world.cluster.cib.replace('type="external/sbd"', 'type="fence_ipmilan"')
        for (const name of ['node1', 'node2'])
          bare(world, name).says = text => withFences(text, ['node1 sbd', 'node2 sbd'])
      },
    ],
    [
      'error: node2: cannot resolve the name node3',
      world => {
        const before = bare(world, 'node2').says
        bare(world, 'node2').says = text => section('names', 'node3')(before(text))
      },
    ],
    ['error: node1: cannot reach 10.77.2.3', ({ unreachable }) => unreachable.add('10.77.2.3')],
  ])('%s', async (finding, change) => {
    const world = members([c0])
    change(world)
    const { status, stdout } = await join(world)
    expect(stdout.filter(line => line.startsWith('error')).at(0)).toEqual(like(finding))
    expect(status).toBe(2)
    expect(changes(world)).toEqual([])
  })

  test('Pacemaker of a version that no other node has', async () => {
    const { status, stdout } = await join(odd(section('pacemaker', '2.1.4')))
    expect(status).toBe(2)
    expect(stdout).toContain('error: node3: its version of Pacemaker is 2.1.4, that of the cluster 2.1.5')
  })

  test('a storage that expects its data on a node of that name', async () => {
    const world = members([{ ...c0, storageNodes: ['node1', 'node3'] }])
    const { status, stdout } = await join(world)
    expect(status).toBe(2)
    expect(stdout).toContain('error: node3: the storage c0 expects one of its sides there')
  })

  test('an unreachable node (failed, 1)', async () => {
    const world = members([c0])
    node(world.cluster, 'node3').isUp = false
    const { status, stdout } = await join(world)
    expect(status).toBe(1)
    expect(stdout).toContainEqual(expect.stringMatching(/^error: node3: unreachable/))
  })

  test.each([
    ['ALL', /ALL has no meaning/],
    ['node1,-rf', /expected a host name/],
    ['node3 --roles none', /"none" is not a role/],
  ])('the arguments %s', async (line, why) => {
    const world = members()
    await join(world, line).isRefused(why)
    expect(world.cluster.ran).toEqual([])
  })
})

test('a node that could not be fenced then is taken out again', async () => {
  const world = odd(text => (text.includes('corosync active') ? text.replace('sbd active', 'sbd inactive') : text))
  const before = stateIn(world)
  const { status, stderr } = await join(world)
  expect({ status, stderr: stderr.join() }).toEqual({
    status: 1,
    stderr: expect.stringContaining('node3: sbd is not running'),
  })
  expect(stateIn(world)).toEqual(before)
})

test('a node that a constraint of an operator would let take over a cloud is taken out again', async () => {
  const world = members([c0])
  const attributes = { id: 'by-hand', rsc: 'c0-mount', node: 'node3', score: 'INFINITY' }
  world.cluster.cib = withChildren(world.cluster.cib, 'constraints', { name: 'rsc_location', attributes, children: [] })
  const before = stateIn(world)
  const { status, stderr } = await join(world, 'node3 --roles vhost --interrupt')
  expect({ status, stderr: stderr.join() }).toEqual({
    status: 1,
    stderr: expect.stringMatching(/the roles of node3 would interrupt c0 \(.*from node2 to node3/),
  })
  expect(stateIn(world)).toEqual(before)
})

/** The lines of the steps, which begin with the time. */
const isStep = (line: string) => / s {2}/.test(line)

async function stepsOf(line: string): Promise<readonly string[]> {
  return (await join(worth(), line)).stdout.filter(isStep)
}

/** A cluster, and a node with something to restore. */
function worth(): Members {
  const world = members()
  startedByPackages(bare(world, 'node3'))
  bare(world, 'node3').files.set(KEY, 'an old one')
  return world
}

const LINE = 'node3 --roles storage'

test('after Ctrl-C, at whatever step, the node is as it was, and so is the cluster', async () => {
  const steps = await stepsOf(LINE)
  expect(steps.length).toBeGreaterThan(10)
  for (const index of steps.keys()) {
    const world = worth()
    const before = stateIn(world)
    const controller = new AbortController()
    let seen = -1
    const print = (line: string) => {
      if (isStep(line)) seen += 1
      if (seen === index) controller.abort(new Error('interrupted (SIGINT)'))
    }
    const { status } = await join(world, LINE, { print, interruption: controller.signal })
    // the last step is atomic, and has then been done
    expect({ step: steps[index], status }).toEqual({ step: steps[index], status: 1 })
    expect({ step: steps[index], state: stateIn(world) }).toEqual({ step: steps[index], state: before })
  }
})

/** The command ends with no undo when it has begun that step, and has run so many of its commands. */
async function killed(world: Members, index: number, commands: number): Promise<void> {
  let seen = -1
  let ran = 0
  const print = (line: string) => {
    if (isStep(line)) seen += 1
  }
  world.cluster.disturb = command => {
    if (seen < index || isReading(command)) return seen > index ? 'fails' : undefined
    ran += 1
    return ran > commands ? 'fails' : undefined
  }
  await join(world, LINE, { print })
  world.cluster.disturb = () => undefined
}

test.each([
  0, 1,
])('killed in whatever step after %d of its commands, it is finished by the same command', async commands => {
  const steps = await stepsOf(LINE)
  for (const index of steps.keys()) {
    const world = worth()
    await killed(world, index, commands)
    const { status, stderr } = await join(world, LINE)
    expect({ step: steps[index], status, stderr }).toEqual({ step: steps[index], status: 0, stderr: [] })
    expect([...world.loaded.values()]).toEqual([three, three, three])
    expect(bare(world, 'node3').files.get(KEY)).toBe(SECRET)
    const { nodes } = clusterIn(parseXml(world.cluster.cib))
    expect(nodes.at(-1)?.attributes).toMatchObject({ 'vhacs-storage': 'true' })
  }
})

test('killed in whatever step while it takes the place of a lost one, it is finished by the same command', async () => {
  const { stdout } = await join(leftOfPair(), LINE)
  for (const index of stdout.filter(isStep).keys()) {
    const world = leftOfPair()
    await killed(world, index, 0)
    const { status, stderr } = await join(world, LINE)
    expect({ index, status, stderr }).toEqual({ index, status: 0, stderr: [] })
    expect(world.loaded.get('node1')).toBe(world.loaded.get('node3'))
    expect(clusterIn(parseXml(world.cluster.cib)).clouds[0]?.storageNodes).toEqual(['node1', 'node2'])
  }
})

test('a node that was installed anew after its join was killed joins as a new one', async () => {
  const world = worth()
  const steps = await stepsOf(LINE)
  await killed(
    world,
    steps.findIndex(line => line.includes('starting corosync')),
    0,
  )
  expect(bare(world, 'node1').files.get(CONF)).toBe(three)
  const { files, active, enabled } = bare(world, 'node3')
  for (const name of [CONF, KEY]) files.delete(name)
  for (const units of [active, enabled]) units.clear()
  startedByPackages(bare(world, 'node3'))
  expect(await join(world, LINE)).toMatchObject({ status: 0 })
  expect([...world.loaded.values()]).toEqual([three, three, three])
  expect(files.get(KEY)).toBe(SECRET)
})

test('a member without roles and initiator name that runs something is no node that has begun to join', async () => {
  const world = members([c0], 3)
  world.cluster.cib = withNodeAttribute(world.cluster.cib, 'node3', 'vhacs-vhost', 'false').replace(
    /<nvpair[^>]*id="node3-vhacs-(storage|initiator)"[^>]*\/>/g,
    '',
  )
  world.cluster.active = () => [{ id: 'theirs', node: 'node3', role: 'Started' }]
  expect((await join(world)).stdout[0]).toContain('node3: already in the cluster')
  expect(changes(world)).toEqual([])
})
