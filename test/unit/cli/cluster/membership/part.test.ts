import { describe, expect, test } from 'vitest'
import { clusterIn } from '../../../../../cloud/cib/read/cluster.ts'
import type { Cloud } from '../../../../../cloud/cloud.ts'
import { parseXml } from '../../../../../cloud/xml.ts'
import { corosyncConf } from '../../../../../system/corosync/conf/corosync-conf.ts'
import { bare, CONF, KEY, stateOf } from '../../../../fake/cluster/bare-nodes.ts'
import { isLocking, isReading, node } from '../../../../fake/cluster/cluster.ts'
import { MEMBERS, type Members, members } from '../../../../fake/cluster/membership.ts'
import { withChildren } from '../../../cloud/cib.ts'
import { c0, threeSides } from '../../../cloud/examples.ts'
import { run } from '../../call.ts'

const part = (world: Members, line = 'node3', terminal = {}) =>
  run(world.cluster.system, `cluster --part ${line}`, terminal)

const changes = ({ cluster }: Members) =>
  cluster.ran.filter(ran => !isReading(ran) && !isLocking(ran) && ran.words[0] !== 'true')

const two = corosyncConf('lab', MEMBERS.slice(0, 2))
const isStep = (line: string) => / s {2}/.test(line)

/** Three nodes, of which the third has no side. */
const worth = (cloud: Cloud = c0) => members([cloud], 3)

/** That node3 is as --init would find it, and that the others do not know it. */
function expectGone(world: Members): void {
  const { files, active, enabled } = bare(world, 'node3')
  expect([[...active], [...enabled]]).toEqual([[], []])
  expect([files.has(CONF), files.has(KEY)]).toEqual([false, false])
  expect(['node1', 'node2', 'node3'].map(name => world.loaded.get(name))).toEqual([two, two, undefined])
  expect(world.cluster.cib).not.toMatch(/uname="node3"|node="node3"/)
}

describe('the third node', () => {
  test('leaves, with what names it, and the clouds do not notice', async () => {
    const world = worth({ ...c0, preferredVhosts: ['node2', 'node3', 'node1'] })
    const ban = { id: 'ban', rsc: 'c0-mount', node: 'node3', score: '-INFINITY' }
    world.cluster.cib = withChildren(world.cluster.cib, 'constraints', {
      name: 'rsc_location',
      attributes: ban,
      children: [],
    })
    const before = world.cluster.active()
    const { status, stdout, stderr } = await part(world)
    expect({ status, stderr }).toEqual({ status: 0, stderr: [] })
    expect(stdout).toContain('node3: it has left the cluster')
    expectGone(world)
    const { clouds, incomplete } = clusterIn(parseXml(world.cluster.cib))
    expect({ preferred: clouds[0]?.preferredVhosts, incomplete }).toEqual({
      preferred: ['node2', 'node1'],
      incomplete: [],
    })
    expect(world.cluster.active()).toEqual(before)
  })

  test('leaves two, which get the settings for two, and the delay by which one of them survives', async () => {
    const world = worth()
    await part(world)
    expect(world.loaded.get('node1')).toContain('two_node: 1')
    expect(world.cluster.cib).toMatch(/name="priority-fencing-delay" value="10s"/)
  })

  test('stops before the others forget it, Pacemaker first', async () => {
    const world = worth()
    await part(world)
    const words = changes(world).map(({ node: name, words: found }) => `${name} ${found.join(' ')}`)
    const at = (text: string) => words.findIndex(line => line.includes(text))
    const order = [
      'node3 systemctl disable',
      'node3 systemctl stop pacemaker',
      'node3 systemctl stop corosync',
      'node1 corosync-cfgtool -R',
      'node1 crm_node --force --remove node3',
      'node3 rm -f',
    ]
    expect(order.map(at)).toEqual(order.map(at).toSorted((one, other) => one - other))
    expect(order.map(at)).not.toContain(-1)
  })

  test('can join again', async () => {
    const world = worth()
    await part(world)
    expect(await run(world.cluster.system, 'cluster --join node3')).toMatchObject({ status: 0 })
    expect(world.loaded.get('node2')).toBe(corosyncConf('lab', MEMBERS))
  })
})

test('a dry run changes nothing', async () => {
  const world = worth()
  const before = [stateOf(world), parseXml(world.cluster.cib).children]
  const { status, stdout } = await part(world, 'node3 --dry-run')
  expect(status).toBe(0)
  expect(stdout).toContain('node3: systemctl stop pacemaker')
  expect([stateOf(world), parseXml(world.cluster.cib).children]).toEqual(before)
  expect(changes(world)).toEqual([])
})

describe('it is refused, and nothing is changed, for', () => {
  test.each<[string, () => Members, string, string]>([
    ['a side', () => worth(threeSides), 'error: node3: has sides of c0', 'vhacs node --evacuate node3'],
    [
      'a mount',
      () => worth({ ...c0, preferredVhosts: ['node3'] }),
      'error: node3: has mounted c0',
      'vhacs node --standby node3',
    ],
    [
      'the only vhost',
      () => {
        const world = worth()
        world.cluster.active = () => []
        world.cluster.cib = world.cluster.cib.replace(
          /(id="node[12]-vhacs-vhost" name="vhacs-vhost" value=")true/g,
          '$1false',
        )
        return world
      },
      'error: node3: is the only vhost',
      'vhacs node --setrole vhost',
    ],
    [
      'watchdogs that would be two',
      () => {
        const world = worth()
        world.cluster.cib = withChildren(
          world.cluster.cib.replace(/<primitive[^>]*class="stonith"[\s\S]*?<\/primitive>/, ''),
          'options',
          ...[
            ['stonith-watchdog-timeout', '20s'],
            ['have-watchdog', 'true'],
          ].map(([name = '', value = '']) => ({ name: 'nvpair', attributes: { id: name, name, value }, children: [] })),
        )
        return world
      },
      'error: node3: the nodes are fenced by their watchdogs, which needs at least three of them',
      'sbd with a disk',
    ],
    [
      'a node in maintenance',
      () => {
        const world = worth()
        world.cluster.system.tools.set('crm_mon', () => ({
          status: 0,
          stdout: `<pacemaker-result><summary><current_dc with_quorum="true"/></summary><nodes>${['node1', 'node2', 'node3'].map(name => `<node name="${name}" online="true" maintenance="${name === 'node3'}"/>`).join('')}</nodes></pacemaker-result>`,
        }))
        return world
      },
      'error: node3: is in maintenance: what runs on it would run on',
      'end the maintenance',
    ],
    [
      'another node that is down',
      () => {
        const world = worth()
        node(world.cluster, 'node2').isUp = false
        return world
      },
      'error: node2: unreachable',
      '',
    ],
    [
      'a node that is down itself',
      () => {
        const world = worth()
        node(world.cluster, 'node3').isUp = false
        return world
      },
      'error: node3: unreachable',
      'vhacs node --forget node3',
    ],
  ])('%s', async (_, make, finding, advice) => {
    const world = make()
    const { status, stdout } = await part(world)
    expect(status).toBeGreaterThan(0)
    expect(stdout[0]).toContain(finding)
    expect(stdout.join('\n')).toContain(advice)
    expect(changes(world)).toEqual([])
  })

  test.each([
    ['node1', 'vhacs: node1 is this node: run the command on another node of the cluster'],
    ['node1-2', 'vhacs: one node leaves at a time: name one, not node1-2'],
  ])('the argument %s', async (line, why) => {
    await part(worth(), line).isRefused(why)
  })

  test('a node outside the cluster', async () => {
    await part(members([c0])).isRefused('vhacs: node3 is not a node of this cluster (nodes: node1, node2)')
  })
})

test('until the node has stopped, Ctrl-C leaves it in the cluster', async () => {
  for (const index of [0, 1, 2]) {
    const world = worth()
    const before = [stateOf(world), parseXml(world.cluster.cib).children]
    const controller = new AbortController()
    let seen = -1
    const print = (line: string) => {
      if (isStep(line)) seen += 1
      if (seen === index) controller.abort(new Error('interrupted (SIGINT)'))
    }
    const { status } = await part(world, 'node3', { print, interruption: controller.signal })
    expect({ index, status }).toEqual({ index, status: 1 })
    if (index < 2) expect([stateOf(world), parseXml(world.cluster.cib).children]).toEqual(before)
  }
})

test.each([
  0, 1,
])('killed in whatever step after %d of its commands, it is finished by the same command', async commands => {
  const steps = (await part(worth())).stdout.filter(isStep)
  expect(steps.length).toBeGreaterThan(5)
  for (const index of steps.keys()) {
    const world = worth()
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
    await part(world, 'node3', { print })
    world.cluster.disturb = () => undefined
    const { status, stderr } = await part(world)
    expect({ step: steps[index], status, stderr }).toEqual({ step: steps[index], status: 0, stderr: [] })
    expectGone(world)
  }
})

test.each([2, 4, 6, 8])('a join that was killed at step %d is undone', async index => {
  const world = members([c0])
  let seen = -1
  const print = (line: string) => {
    if (isStep(line)) seen += 1
  }
  world.cluster.disturb = () => (seen > index ? 'fails' : undefined)
  await run(world.cluster.system, 'cluster --join node3', { print })
  world.cluster.disturb = () => undefined
  expect(await part(world)).toMatchObject({ status: 0 })
  expectGone(world)
})
