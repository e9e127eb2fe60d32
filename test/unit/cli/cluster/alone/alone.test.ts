import { describe, expect, test } from 'vitest'
import { parseXml } from '../../../../../cloud/xml.ts'
import { fenceConstraints } from '../../../../../system/drbd/fence-constraint.ts'
import { isLocking, isReading, node, type Ran } from '../../../../fake/cluster/cluster.ts'
import { type LostNodes, lostNodes } from '../../../../fake/cluster/lost-nodes.ts'
import { edited } from '../../../cloud/cib.ts'
import { given } from '../../call.ts'
import { fenced } from '../../storage/fence.ts'

const ALONE = 'cluster --alone --yes-they-are-off'

const LOOKS = ['corosync-cmapctl -m', 'corosync-quorumtool -s', 'cibadmin --query', 'drbdadm get-gi']
const isChange = (command: Ran) =>
  !isReading(command) && !isLocking(command) && !LOOKS.some(look => command.words.join(' ').startsWith(look))

const changes = ({ cluster }: LostNodes) => cluster.ran.filter(isChange).map(({ words }) => words.join(' '))
const epochOf = ({ cluster }: LostNodes) => parseXml(cluster.cib).attributes.admin_epoch
const isServed = ({ cluster }: LostNodes) => cluster.active().some(({ id }) => id === 'c0-filesystem')
const chosen = ({ cluster }: LostNodes) => fenceConstraints(cluster.cib).map(({ allowed }) => allowed)

describe('of two nodes, the one that is left', () => {
  test('goes on alone, and serves the data that DRBD knows to be the newest', async () => {
    const world = lostNodes()
    const { stdout } = await given(world.cluster).run(ALONE).succeeds()
    expect(changes(world)).toEqual([
      'cibadmin --modify --xml-text <cib admin_epoch="1"/>',
      'corosync-cmapctl -s quorum.cancel_wait_for_all u8 1',
      'stonith_admin --confirm node2',
    ])
    expect(isServed(world)).toBe(true)
    expect(stdout.slice(0, 3)).toEqual([
      'left: node1; lost: node2',
      'node2: not in the cluster; it was still there when this node stopped, at Nov 30 18:01:12',
      'c0: DRBD must run on node1 to show whether its data there are the newest',
    ])
  })

  test('starts the cluster first where it does not run, and reads the CIB in its file', async () => {
    const world = lostNodes()
    world.runsCluster = false
    await given(world.cluster).run(ALONE).succeeds()
    expect(changes(world)[0]).toBe('systemctl start corosync pacemaker')
    expect(isServed(world)).toBe(true)
  })

  test('leaves the fencing to a device that still can', async () => {
    const world = lostNodes()
    world.hasDevice = true
    await given(world.cluster).run(ALONE).succeeds()
    expect(changes(world)).not.toContain('stonith_admin --confirm node2')
    expect(isServed(world)).toBe(true)
  })

  test('has nothing more to do the second time', async () => {
    const world = lostNodes()
    await given(world.cluster).run(ALONE)
    const before = [changes(world), epochOf(world)]
    await given(world.cluster).run('cluster --alone').succeeds()
    expect([changes(world), epochOf(world)]).toEqual(before)
  })

  test('in a dry run prints the changes, and makes none', async () => {
    for (const runsCluster of [true, false]) {
      const world = lostNodes()
      world.runsCluster = runsCluster
      const { cib } = world.cluster
      const { stdout } = await given(world.cluster).run('cluster --alone --dry-run').succeeds()
      expect(stdout.join('\n')).toContain('corosync-cmapctl -s quorum.cancel_wait_for_all u8 1')
      expect(world.cluster.cib).toBe(cib)
      expect(changes(world)).toEqual([])
    }
  })
})

describe('whether the others are off', () => {
  test.each(['yes', '', 'node2'])('is asked, and %j does not do', async answer => {
    const world = lostNodes()
    const questions: string[] = []
    const ask = async (question: string) => {
      questions.push(question)
      return answer
    }
    await given(world.cluster)
      .run('cluster --alone', { ask })
      .isRefused(/nothing was changed: the answer was not "off"/)
    expect(questions).toEqual([
      'Is node2 switched off, and will it stay off until this cluster runs? If not, data can be destroyed. Type "off" to proceed: ',
    ])
    expect(changes(world)).toEqual([])
  })

  test('is asked, and "off" does', async () => {
    const world = lostNodes()
    await given(world.cluster)
      .run('cluster --alone', { ask: async () => 'off' })
      .succeeds()
    expect(isServed(world)).toBe(true)
  })

  test('must be said where nobody can be asked', async () => {
    const world = lostNodes()
    await given(world.cluster)
      .run('cluster --alone')
      .isRefused(/make sure that node2 is off.*--yes-they-are-off/)
    expect(changes(world)).toEqual([])
  })
})

describe('is refused', () => {
  test.each<[string, (world: LostNodes) => void, string, RegExp]>([
    [
      'while a lost node answers',
      world => {
        node(world.cluster, 'node2').isUp = true
      },
      ALONE,
      /node2 is not off: it answers over ssh: start the cluster there/,
    ],
    ['without a node that is here', () => undefined, `${ALONE} --without node1`, /node1 is in the cluster/],
    ['without a node of another cluster', () => undefined, `${ALONE} --without node9`, /node9 is not a node of this/],
    [
      'while fencing is disabled',
      world => {
        world.cluster.cib = world.cluster.cib.replace(
          'name="stonith-enabled" value="true"',
          'name="stonith-enabled" value="false"',
        )
      },
      ALONE,
      /fencing is disabled/,
    ],
    ['for the data of all storages', () => undefined, `${ALONE} --accept-old-data ALL`, /ALL is not accepted/],
    ['for the data of an unknown storage', () => undefined, `${ALONE} --accept-old-data c9`, /no storage c9/],
  ])('%s', async (_, change, line, why) => {
    const world = lostNodes()
    change(world)
    await given(world.cluster).run(line).isRefused(why)
    expect(changes(world)).toEqual([])
    expect(epochOf(world)).toBe('0')
  })

  test('when a node that was said to be off joins meanwhile, and it is never confirmed to be off', async () => {
    const world = lostNodes()
    world.runsCluster = false
    world.isBack = true
    await given(world.cluster)
      .run(ALONE)
      .fails(/node2 is in the cluster now, and is not off/)
    expect(world.confirmed).toEqual(new Set())
    expect(world.waitsForAll).toBe(true)
  })

  test('where those that are left would be no majority of the nodes that are not named', async () => {
    const world = lostNodes(['node1', 'node2', 'node3'])
    await given(world.cluster)
      .run(`${ALONE} --without node2`)
      .isRefused(/without node2, node1 would still be no majority of node1 and node3: start node3, or name/)
    expect(changes(world)).toEqual([])
  })
})

test('of three nodes, one goes on alone, and corosync counts on its vote only', async () => {
  const world = lostNodes(['node1', 'node2', 'node3'])
  const { stdout } = await given(world.cluster).run(`${ALONE} --without node2-3`).succeeds()
  expect(changes(world)).toEqual([
    'cibadmin --modify --xml-text <cib admin_epoch="1"/>',
    'corosync-quorumtool -e 1',
    'stonith_admin --confirm node2',
    'stonith_admin --confirm node3',
  ])
  expect(stdout).toContain('node3: not in the cluster; this node lost it at Nov 30 17:30:00')
  expect(isServed(world)).toBe(true)
})

test('of several nodes, none is confirmed to be off any more when one of them joins in between', async () => {
  const world = lostNodes(['node1', 'node2', 'node3'])
  const { tools } = node(world.cluster, 'node1').system
  const confirm = tools.get('stonith_admin')
  tools.set('stonith_admin', (...call) => {
    world.isBack = true
    return confirm?.(...call) ?? 1
  })
  await given(world.cluster)
    .run(ALONE)
    .fails(/node2 is in the cluster now, and is not off/)
  expect([...world.confirmed]).toEqual(['node2'])
})

describe('data that are not known to be the newest', () => {
  const doubtful: [string, (world: LostNodes) => void, RegExp][] = [
    [
      'that are Consistent',
      world => {
        world.disk = 'Consistent'
      },
      /^NOT SERVED: c0: its data on node1 are Consistent, but node2 may have newer ones; .*--accept-old-data c0"$/,
    ],
    [
      'that are Outdated',
      world => {
        world.disk = 'Outdated'
      },
      /^NOT SERVED: c0: its data on node1 are Outdated: node2 has newer ones; /,
    ],
    [
      'of which a constraint says that the other side has newer ones',
      world => {
        world.disk = 'Consistent'
        world.cluster.cib = fenced(world.cluster).cib.replace(
          /(handler-c0-c0-drbd-clone-expr"[^>]*value=")node1/,
          '$1node2',
        )
      },
      /^NOT SERVED: c0: node2 has newer data than node1 \(drbd-fence-by-handler-c0-c0-drbd-clone\); /,
    ],
  ]

  test.each(
    doubtful,
  )('%s are not served before they are accepted, and are then chosen for this node', async (_, change, why) => {
    const world = lostNodes()
    change(world)
    await given(world.cluster)
      .run(ALONE)
      .fails(/not every storage is served/, expect.arrayContaining([expect.stringMatching(why)]))
    expect(isServed(world)).toBe(false)
    await given(world.cluster).run('cluster --alone --accept-old-data c0').succeeds()
    expect(chosen(world)).toEqual([['node1']])
    expect(isServed(world)).toBe(true)
    expect(epochOf(world)).toBe('2')
  })

  test('are asked about by name, after the first question', async () => {
    for (const [answer, expected] of [
      ['yes', false],
      ['c0', true],
    ] as const) {
      const world = lostNodes()
      world.disk = 'Consistent'
      const questions: string[] = []
      const ask = async (question: string) => {
        questions.push(question)
        return questions.length === 1 ? 'off' : answer
      }
      await given(world.cluster).run('cluster --alone', { ask })
      expect(questions[1]).toMatch(
        /^c0: its data on node1 are Consistent, but node2 may have newer ones\. node1 was primary for it when it stopped\. .* Type "c0" to serve/,
      )
      expect([chosen(world), isServed(world)]).toEqual([expected ? [['node1']] : [], expected])
    }
  })

  test('are not chosen when the other side is back before the answer', async () => {
    const world = lostNodes()
    world.disk = 'Consistent'
    let questions = 0
    const ask = async () => {
      questions += 1
      world.isBack = questions === 2
      return questions === 1 ? 'off' : 'c0'
    }
    await given(world.cluster)
      .run('cluster --alone', { ask })
      .fails(/node2 is in the cluster now, and is not off/)
    expect([questions, chosen(world), epochOf(world)]).toEqual([2, [], '1'])
  })

  test('are not chosen in a dry run', async () => {
    const world = lostNodes()
    world.disk = 'Consistent'
    await given(world.cluster).run(ALONE)
    const { cib } = world.cluster
    const { stdout } = await given(world.cluster).run('cluster --alone --accept-old-data c0 --dry-run').succeeds()
    expect(stdout.join('\n')).toContain('choosing the data of node1 for c0')
    expect(world.cluster.cib).toBe(cib)
  })

  test('are not chosen, although they were accepted, where they turn out to be the newest', async () => {
    const world = lostNodes()
    await given(world.cluster).run(`${ALONE} --accept-old-data c0`).succeeds()
    expect(chosen(world)).toEqual([])
  })

  test('that are incomplete are never served', async () => {
    const world = lostNodes()
    world.disk = 'Inconsistent'
    await given(world.cluster)
      .run(`${ALONE} --accept-old-data c0`)
      .fails(
        /not every storage/,
        expect.arrayContaining([expect.stringMatching(/are Inconsistent: they cannot be used$/)]),
      )
    expect(chosen(world)).toEqual([])
  })

  test.each([
    ['a handler', 'c0-expr-c0-drbd-clone-x', false],
    ['an operator, with a word that a handler has renewed', 'c0-expr-c0-drbd-clone-accepted-x', true],
  ])('that a constraint of %s allows are served without a further word: %s, %s', async (_, mark, expected) => {
    const world = lostNodes()
    world.disk = 'Consistent'
    const { cib } = fenced(world.cluster)
    world.cluster.cib = cib.replace('drbd-fence-by-handler-c0-c0-drbd-clone-expr', `drbd-fence-by-handler-${mark}`)
    const result = given(world.cluster).run(ALONE)
    await (expected ? result.succeeds() : result.fails(/not every storage is served/))
    expect(isServed(world)).toBe(expected)
  })
})

describe('broken off', () => {
  const line = `${ALONE} --accept-old-data c0`
  const start = () => {
    const world = lostNodes()
    world.runsCluster = false
    world.disk = 'Outdated'
    return world
  }

  test('at any command, the same command finishes it', async () => {
    const whole = start()
    await given(whole.cluster).run(line).succeeds()
    const count = changes(whole).length
    expect(count).toBe(6)
    for (let index = 0; index < count; index++)
      for (const how of ['fails', 'fails afterwards'] as const) {
        const world = start()
        let done = 0
        world.cluster.disturb = command => (isChange(command) && done++ === index ? how : undefined)
        await given(world.cluster).run(line)
        world.cluster.disturb = () => undefined
        await given(world.cluster).run(line).succeeds()
        expect([isServed(world), chosen(world), world.confirmed]).toEqual([true, [['node1']], new Set(['node2'])])
      }
  })
})

test('a cloud that no remaining node could mount is not waited for', async () => {
  const world = lostNodes()
  world.cluster.cib = edited(world.cluster.cib, ({ attributes }) =>
    attributes.name === 'vhacs-vhost' && attributes.id === 'node1-vhacs-vhost' ? [] : undefined,
  )
  await given(world.cluster)
    .run(ALONE)
    .fails(
      /not every storage/,
      expect.arrayContaining([
        'no node that is left has the vhost role: nothing can be mounted',
        'NOT SERVED: c0: no node that is left has the vhost role: give it to one with "vhacs node --setrole vhost NODE"',
      ]),
    )
})
