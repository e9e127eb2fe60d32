import { describe, expect, test } from 'vitest'
import { readCluster } from '../../../../../cloud/cib/read/cluster.ts'
import type { Cloud } from '../../../../../cloud/cloud.ts'
import { element, parseXml } from '../../../../../cloud/xml.ts'
import { COROSYNC_CONF, corosyncConf, parseCorosyncConf } from '../../../../../system/corosync/conf/corosync-conf.ts'
import {
  type FakeCluster,
  fakeCluster,
  isLocking,
  isReading,
  node,
  type Ran,
  watched,
} from '../../../../fake/cluster/cluster.ts'
import { setReplication } from '../../../../fake/cluster/growth.ts'
import { edited, FENCING_HOSTS, withChildren, withMembership } from '../../../cloud/cib.ts'
import { c0 } from '../../../cloud/examples.ts'
import { given } from '../../call.ts'

const member = (name: string, index: number) => ({ name, id: index + 1, addresses: [`192.0.2.${index + 1}`] })
const confOf = (names: readonly string[]) => corosyncConf('lab', names.map(member))
const ALL = ['node1', 'node2', 'node3']
const isChange = (command: Ran) => !isReading(command) && !isLocking(command)

interface World {
  readonly cluster: FakeCluster
  /** The text that corosync has read. */
  loaded: string
  isQuorate: boolean
  /** Nodes that corosync sees. */
  members: readonly string[]
}

/** The storage c0 on node1 and node2; node3 is lost. */
function world(clouds: readonly Cloud[] = [{ ...c0, preferredVhosts: ['node3', 'node2', 'node1'] }]): World {
  const cluster = fakeCluster(clouds)
  cluster.cib = withMembership(cluster.cib, 'node3', 'left')
  node(cluster, 'node3').isUp = false
  const made: World = { cluster, loaded: confOf(ALL), isQuorate: true, members: ['node1', 'node2'] }
  for (const name of ALL) node(cluster, name).system.put(COROSYNC_CONF, confOf(ALL))
  const { system } = node(cluster, 'node1')
  const tools = {
    'corosync-cmapctl': () => ({ status: 0, stdout: cmapOf(made) }),
    'corosync-quorumtool': () => ({ status: 0, stdout: `Quorate:          ${made.isQuorate ? 'Yes' : 'No'}\n` }),
    'corosync-cfgtool': () => {
      made.loaded = system.read(COROSYNC_CONF)
      return 0
    },
    crm_node: (args: readonly string[]) => {
      if (parseCorosyncConf(made.loaded).nodes.some(({ name }) => name === args[2])) return 1
      cluster.cib = edited(cluster.cib, ({ attributes }) => (attributes.uname === args[2] ? [] : undefined))
      return 0
    },
  }
  for (const [tool, act] of Object.entries(tools)) system.tools.set(tool, watched(cluster, 'node1', tool, act))
  return made
}

function cmapOf({ loaded, members }: World): string {
  const lines = parseCorosyncConf(loaded).nodes.flatMap(({ name }, index) => [
    `nodelist.node.${index}.name (str) = ${name}`,
    `nodelist.node.${index}.nodeid (u32) = ${name.slice(4)}`,
  ])
  return [...lines, ...members.map(name => `runtime.members.${name.slice(4)}.status (str) = joined`)].join('\n')
}

const changes = ({ cluster }: World) => cluster.ran.filter(isChange)
const namesIn = ({ cluster }: World) => readCluster(cluster.cib).nodes.map(({ name }) => name)
const confsOf = ({ cluster }: World) => ['node1', 'node2'].map(name => node(cluster, name).system.read(COROSYNC_CONF))

function expectForgotten(found: World): void {
  expect(confsOf(found)).toEqual([confOf(['node1', 'node2']), confOf(['node1', 'node2'])])
  expect(found.loaded).toBe(confOf(['node1', 'node2']))
  expect(namesIn(found)).toEqual(['node1', 'node2'])
  const [cloud] = readCluster(found.cluster.cib).clouds
  expect(cloud?.preferredVhosts).toEqual(['node2', 'node1'])
}

test('a lost node is removed from corosync, and then from Pacemaker, with the constraints about it', async () => {
  const lost = world()
  // the time-outs of sbd's disk are not known here
  lost.cluster.cib = lost.cluster.cib.replace('external/sbd', 'fence_ipmilan')
  const ban = element('rsc_location', { id: 'cli-ban-x', rsc: 'c0-mount', node: 'node3', score: '-INFINITY' })
  lost.cluster.cib = withChildren(lost.cluster.cib, 'constraints', ban)
  const { stdout } = await given(lost.cluster).run('node --forget node3').succeeds()
  expectForgotten(lost)
  expect(lost.cluster.cib).not.toContain('cli-ban-x')
  expect(lost.loaded).toContain('two_node: 1')
  expect(lost.cluster.cib).toContain('name="priority-fencing-delay" value="15s"')
  expect(changes(lost).map(({ node: on, words }) => `${on} ${words.slice(0, 2).join(' ')}`)).toEqual([
    'node1 dd status=none',
    'node1 mv -T',
    'node2 dd status=none',
    'node2 mv -T',
    'node1 corosync-cfgtool -R',
    'node1 cibadmin --patch',
    'node1 cibadmin --patch',
    'node1 crm_node --force',
  ])
  expect(stdout.slice(-2)).toEqual([
    'node3 must not start with the old /etc/corosync/corosync.conf: remove that file before you use it again',
    'node3: removed; run "vhacs cluster --check"',
  ])
})

test("constraints with an operator's rules, and fencing devices, stay and are named", async () => {
  const lost = world()
  const rule = element('rule', { id: 'r', score: '5' }, [
    element('expression', { id: 'e', attribute: '#uname', operation: 'eq', value: 'node3' }),
  ])
  const hosts = element('nvpair', { id: 'h', name: 'pcmk_host_list', value: 'node1 node3' })
  lost.cluster.cib = withChildren(
    withChildren(lost.cluster.cib, FENCING_HOSTS, hosts),
    'constraints',
    element('rsc_location', { id: 'mine', rsc: 'c0-mount' }, [rule]),
  )
  const { stdout } = await given(lost.cluster).run('node --forget node3').succeeds()
  expect(stdout).toEqual(
    expect.arrayContaining([
      'the constraint mine still names node3: change it with "crm configure"',
      'the fencing device sbd still names node3: change it with "crm configure"',
    ]),
  )
  expect(lost.cluster.cib).toContain('id="mine"')
})

test('a dry run names each change, and makes none', async () => {
  const lost = world()
  const before = [lost.cluster.cib, ...confsOf(lost)]
  const { stdout } = await given(lost.cluster).run('node --forget node3 --dry-run').succeeds()
  expect(stdout.join('\n')).toContain('crm_node --force --remove node3')
  expect([lost.cluster.cib, ...confsOf(lost)]).toEqual(before)
  expect(changes(lost).filter(({ isOnCopy }) => !isOnCopy)).toEqual([])
})

test('of two nodes, the last one has quorum by its own vote', async () => {
  const lost = world([])
  lost.cluster.cib = edited(lost.cluster.cib, ({ attributes }) => (attributes.uname === 'node3' ? [] : undefined))
  lost.cluster.cib = withMembership(lost.cluster.cib, 'node2', 'left')
  lost.members = ['node1']
  node(lost.cluster, 'node2').isUp = false
  lost.loaded = confOf(['node1', 'node2'])
  node(lost.cluster, 'node1').system.put(COROSYNC_CONF, lost.loaded)
  await given(lost.cluster).run('node --forget node2').succeeds()
  expect(lost.loaded).toBe(confOf(['node1']))
  expect(namesIn(lost)).toEqual(['node1'])
})

describe('with --leave-sides', () => {
  const LINE = 'node --forget node2 --leave-sides'

  /** Of a pair, node2 is lost, with a side of c0. */
  function pair(line = 'cs:WFConnection ro:Primary/Unknown ds:UpToDate/Outdated C r-----\n    ns:0 oos:0'): World {
    const lost = world([{ ...c0, preferredVhosts: ['node2', 'node1'] }])
    lost.cluster.cib = edited(lost.cluster.cib, ({ attributes }) => (attributes.uname === 'node3' ? [] : undefined))
    lost.cluster.cib = withMembership(lost.cluster.cib, 'node2', 'left')
    lost.members = ['node1']
    node(lost.cluster, 'node2').isUp = false
    lost.loaded = confOf(['node1', 'node2'])
    node(lost.cluster, 'node1').system.put(COROSYNC_CONF, lost.loaded)
    setReplication(node(lost.cluster, 'node1'), [c0], line)
    return lost
  }

  test('the lost node of a pair leaves corosync, so that another one can join; Pacemaker keeps it, and the storage is untouched', async () => {
    const lost = pair()
    const before = readCluster(lost.cluster.cib)
    const { stdout } = await given(lost.cluster).run(LINE).succeeds()
    expect(lost.loaded).toBe(confOf(['node1']))
    expect(namesIn(lost)).toEqual(['node1', 'node2'])
    expect(readCluster(lost.cluster.cib).clouds).toEqual(before.clouds)
    expect(stdout.slice(-2)).toEqual([
      'node2 is removed from corosync.conf only, as storages have sides on it: add a node ("vhacs cluster --join"), give it the sides ("vhacs node --evacuate node2"), then run "vhacs node --forget node2"',
      'node2 must not start with the old /etc/corosync/corosync.conf: remove that file before you use it again',
    ])
    // no step is left
    await given(lost.cluster).run(LINE).succeeds()
    await given(lost.cluster)
      .run('node --forget node2')
      .isRefused(/c0 has a side on node2/)
    lost.cluster.cib = lost.cluster.cib.replaceAll('value="node2"', 'value="node3"')
    await given(lost.cluster).run('node --forget node2').succeeds()
    expect(namesIn(lost)).toEqual(['node1'])
  })

  test('broken off at any command, the same command finishes it', async () => {
    for (let index = 0; ; index++) {
      const lost = pair()
      let done = 0
      lost.cluster.disturb = command => (isChange(command) && done++ === index ? 'fails' : undefined)
      const { status } = await given(lost.cluster).run(LINE)
      lost.cluster.disturb = () => undefined
      await given(lost.cluster).run(LINE).succeeds()
      expect([lost.loaded, namesIn(lost)]).toEqual([confOf(['node1']), ['node1', 'node2']])
      if (status === 0) {
        expect(index).toBeGreaterThan(2)
        break
      }
    }
  })

  test.each([
    [
      'whose data may be older',
      'cs:WFConnection ro:Primary/Unknown ds:Outdated/DUnknown C r-----\n',
      /node1, which stays, are Outdated/,
    ],
    ['that waits', 'cs:WFConnection ro:Primary/Unknown ds:UpToDate/DUnknown C s---d-\n', /node1, which stays: /],
  ])('not while the only other side is one %s', async (_, line, why) => {
    const lost = pair(line)
    await given(lost.cluster).run(LINE).isRefused(why)
    expect(changes(lost)).toEqual([])
  })
})

test('a node that answers, but is no part of a cluster any more, is removed', async () => {
  const lost = world()
  const gone = node(lost.cluster, 'node3')
  gone.isUp = true
  await gone.system.remove(COROSYNC_CONF)
  await given(lost.cluster).run('node --forget node3').succeeds()
  expectForgotten(lost)
})

describe('is refused', () => {
  test.each<[string, (lost: World) => void, string, RegExp]>([
    [
      'for a node that is in the cluster',
      () => undefined,
      'node2',
      /node2 is in the cluster: take it out with "vhacs cluster --part node2" on another node/,
    ],
    ['for this node', () => undefined, 'node1', /node1 is in the cluster/],
    [
      'for an unknown node',
      () => undefined,
      'node9',
      /node9 is not a node of this cluster \(nodes: node1, node2, node3\)/,
    ],
    ['for all nodes', () => undefined, 'ALL', /ALL is not accepted/],
    [
      'for a node that may not be off',
      lost => {
        lost.cluster.cib = withMembership(lost.cluster.cib, 'node3', 'died')
      },
      'node3',
      /node3 is unclean: wait until it is fenced/,
    ],
    [
      'without quorum',
      lost => {
        lost.isQuorate = false
      },
      'node3',
      /no quorum/,
    ],
    [
      'for a node with a side of a storage',
      lost => {
        lost.members = ['node1', 'node3']
        lost.cluster.cib = withMembership(lost.cluster.cib, 'node2', 'left')
      },
      'node2',
      /c0 has a side on node2: give such sides to another node first, with "vhacs node --evacuate node2" or one by one with "vhacs storage --replace c0 --from node2 --to NODE"; if there is none before you add one, use --leave-sides/,
    ],
    [
      'for a node whose Pacemaker is only stopped',
      lost => {
        node(lost.cluster, 'node3').isUp = true
      },
      'node3',
      /node3 is offline, but answers, and could join again: start Pacemaker there and run "vhacs cluster --part node3", or remove \/etc\/corosync\/corosync.conf on it first/,
    ],
    [
      'while another node is absent',
      lost => {
        lost.members = ['node1']
      },
      'node3',
      /the corosync.conf of node2 must change, too: start the cluster there, or remove that node as well/,
    ],
    [
      'where the others have different configurations',
      lost => node(lost.cluster, 'node2').system.put(COROSYNC_CONF, confOf(ALL).replace('5000', '6000')),
      'node3',
      /not the same on all nodes/,
    ],
  ])('%s', async (_, change, name, why) => {
    const lost = world()
    change(lost)
    await given(lost.cluster).run(`node --forget ${name}`).isRefused(why)
    expect(changes(lost)).toEqual([])
  })

  test('for the only vhost', async () => {
    const lost = world([c0])
    lost.cluster.cib = edited(lost.cluster.cib, ({ attributes }) =>
      attributes.name === 'vhacs-vhost' && attributes.id !== 'node3-vhacs-vhost' ? [] : undefined,
    )
    await given(lost.cluster)
      .run('node --forget node3')
      .isRefused(/no other node has the vhost role/)
  })
})

test('broken off at any command, the same command finishes it', async () => {
  const whole = world()
  await given(whole.cluster).run('node --forget node3').succeeds()
  const count = changes(whole).length
  for (let index = 0; index < count; index++)
    for (const how of ['fails', 'fails afterwards'] as const) {
      const lost = world()
      let done = 0
      lost.cluster.disturb = command => (isChange(command) && done++ === index ? how : undefined)
      await given(lost.cluster).run('node --forget node3').fails()
      lost.cluster.disturb = () => undefined
      // after the very last change there is nothing left to do
      const isDone = index === count - 1 && how === 'fails afterwards'
      const again = given(lost.cluster).run('node --forget node3')
      await (isDone ? again.isRefused(/node3 is not a node of this cluster/) : again.succeeds())
      expectForgotten(lost)
      expect(parseXml(lost.cluster.cib).name).toBe('cib')
    }
})
