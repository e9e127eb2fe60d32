import { describe, expect, test } from 'vitest'
import { element } from '../../../../../cloud/xml.ts'
import { isReading, node } from '../../../../fake/cluster/cluster.ts'
import { type WaitingNode, waitingNode } from '../../../../fake/cluster/waiting-node.ts'
import { edited } from '../../../cloud/cib.ts'
import { given } from '../../call.ts'

const ELECT = 'cluster --elect'

const signals = ({ cluster }: WaitingNode) => cluster.system.signals
const seconds = ({ cluster }: WaitingNode, begun: number) => (cluster.system.now() - begun) / 1000

/** Nothing but looks. */
function expectNoChange(world: WaitingNode): void {
  expect(signals(world)).toEqual([])
  expect(world.cluster.ran.filter(command => !isReading(command))).toEqual([])
}

function setProperty({ cluster }: WaitingNode, name: string, value: string): void {
  cluster.cib = edited(cluster.cib, found =>
    found.name === 'cluster_property_set'
      ? [{ ...found, children: [...found.children, element('nvpair', { id: `test-${name}`, name, value })] }]
      : undefined,
  )
}

/** Changes the world at the look of that number. */
function atLook(world: WaitingNode, number: number, change: () => void): void {
  let looks = 0
  world.look = () => {
    looks += 1
    if (looks === number) change()
  }
}

describe('a controller that waits for a coordinator that is gone', () => {
  test('is replaced once it has waited for longer than any wait that ends by itself', async () => {
    const world = waitingNode()
    const begun = world.cluster.system.now()
    const { stdout } = await given(world.cluster).run(ELECT).succeeds()
    expect(signals(world)).toEqual(['SIGKILL 507'])
    expect(stdout.at(-1)).toBe('the cluster has a coordinator again')
    expect(seconds(world, begun)).toBeGreaterThan(50)
    expect(seconds(world, begun)).toBeLessThan(70)
  })

  test('is given the time that dc-deadtime lets each controller wait', async () => {
    const world = waitingNode()
    setProperty(world, 'dc-deadtime', '2min')
    const begun = world.cluster.system.now()
    let killedAt = 0
    const kill = world.cluster.system.processes.get(507)
    world.cluster.system.processes.set(507, signal => {
      killedAt = seconds(world, begun)
      kill?.(signal)
    })
    await given(world.cluster).run(ELECT).succeeds()
    expect(killedAt).toBe(130)
  })

  test.each(['S_IDLE', 'S_NOT_DC', 'S_ELECTION'])('is left alone in the state %s', async state => {
    const world = waitingNode()
    world.state = state
    await given(world.cluster)
      .run(ELECT)
      .succeeds([
        `nothing to do: Pacemaker's controller on node1 is in the state ${state}, and waits for no other node`,
      ])
    expectNoChange(world)
  })

  test('is left alone when its wait ends meanwhile', async () => {
    const world = waitingNode()
    atLook(world, 6, () => {
      world.state = 'S_NOT_DC'
    })
    const { stdout } = await given(world.cluster).run(ELECT).succeeds()
    expect(stdout.at(-1)).toMatch(/^nothing to do: .* S_NOT_DC/)
    expectNoChange(world)
  })

  test('is not replaced in a dry run, which does not wait', async () => {
    const world = waitingNode()
    const begun = world.cluster.system.now()
    const { stdout } = await given(world.cluster).run(`${ELECT} --dry-run`).succeeds()
    expect(stdout).toContain('kill -SIGKILL 507')
    expect(seconds(world, begun)).toBe(0)
    expectNoChange(world)
  })

  test('is replaced once by two at the same time', async () => {
    const world = waitingNode()
    const results = await Promise.all([given(world.cluster).run(ELECT), given(world.cluster).run(ELECT)])
    expect(signals(world)).toEqual(['SIGKILL 507'])
    expect(results.map(({ status }) => status).sort()).toEqual([0, 1])
  })

  test('leaves a command that was killed afterwards nothing to do', async () => {
    const world = waitingNode()
    const interruption = new AbortController()
    atLook(world, 9, () => interruption.abort(new Error('interrupted')))
    await given(world.cluster).run(ELECT, { interruption: interruption.signal })
    expect(signals(world)).toEqual(['SIGKILL 507'])
    await world.cluster.system.sleep(60_000)
    const { stdout } = await given(world.cluster).run(ELECT).succeeds()
    expect(stdout).toEqual([expect.stringMatching(/^nothing to do: .* S_IDLE/)])
    expect(signals(world)).toEqual(['SIGKILL 507'])
  })

  test('is reported if the new one does not get on either', async () => {
    const world = waitingNode()
    world.states = [[0, 'S_PENDING']]
    await given(world.cluster)
      .run(ELECT)
      .fails(/waiting until it has elected .*S_PENDING: see "journalctl --unit pacemaker"/)
    expect(signals(world)).toEqual(['SIGKILL 507'])
  })
})

/** node2 was lost while there was no coordinator that would have recorded it. */
function leaveUnrecorded({ cluster }: WaitingNode): void {
  const isThere = { in_ccm: 'true', crmd: 'online', join: 'member', expected: 'member' }
  cluster.cib = edited(cluster.cib, found =>
    found.name === 'node_state' && found.attributes.uname === 'node2'
      ? [{ ...found, attributes: { ...found.attributes, ...isThere } }]
      : undefined,
  )
}

describe('a lost node that the cluster has recorded as present', () => {
  const fencing = 'stonith_admin --reboot node2 --tolerance 60 --timeout 120'
  const changes = ({ cluster }: WaitingNode) =>
    cluster.ran.filter(command => !isReading(command)).map(({ words }) => words.join(' '))

  test('is fenced before there is a new controller, which would not notice the loss', async () => {
    const world = waitingNode()
    leaveUnrecorded(world)
    const { stdout } = await given(world.cluster).run(ELECT).succeeds()
    expect(changes(world)).toEqual([fencing])
    expect(signals(world)).toEqual(['SIGKILL 507'])
    expect(stdout.join('\n')).toMatch(
      /having node2 fenced: the cluster has not recorded the loss\n.*recorded it\n.*new controller/,
    )
  })

  test('may take as long as any fencing of the cluster', async () => {
    const world = waitingNode()
    leaveUnrecorded(world)
    setProperty(world, 'stonith-timeout', '300s')
    await given(world.cluster).run(ELECT).succeeds()
    expect(changes(world)).toEqual([fencing.replace('120', '300')])
  })

  test.each([
    ['fails', /having node2 fenced: .* exited with 99/],
    ['fails afterwards', /exited with 99/],
  ] as const)('keeps the controller when the fencing %s', async (trouble, why) => {
    const world = waitingNode()
    leaveUnrecorded(world)
    world.cluster.disturb = ({ words }) => (words[0] === 'stonith_admin' ? trouble : undefined)
    await given(world.cluster).run(ELECT).fails(why)
    expect(signals(world)).toEqual([])
  })

  test('keeps the controller while the record stays, or when it is back', async () => {
    for (const [isBack, why] of [
      [false, /the cluster still takes node2 for present/],
      [true, /node2 is in the cluster, too/],
    ] as const) {
      const world = waitingNode()
      leaveUnrecorded(world)
      world.cluster.system.tools.set('stonith_admin', () => {
        world.isBack = isBack
        return 0
      })
      await given(world.cluster).run(ELECT).fails(why)
      expect(signals(world)).toEqual([])
    }
  })

  test('is not fenced when it is back after the watch', async () => {
    const world = waitingNode()
    leaveUnrecorded(world)
    atLook(world, 7, () => {
      world.isBack = true
    })
    await given(world.cluster)
      .run(ELECT)
      .fails(/node2 is in the cluster, too/)
    expectNoChange(world)
  })

  test('is not fenced in a dry run', async () => {
    const world = waitingNode()
    leaveUnrecorded(world)
    const { stdout } = await given(world.cluster).run(`${ELECT} --dry-run`).succeeds()
    expect(stdout).toContain(`node1: ${fencing}`)
    expectNoChange(world)
  })
})

const obstacles: [string, (world: WaitingNode) => void, RegExp][] = [
  [
    'while another node is in the cluster, which would have this one fenced',
    world => {
      world.isBack = true
    },
    /node2 is in the cluster, too: .*"systemctl start pacemaker"/,
  ],
  [
    'without quorum',
    world => {
      world.waitsForAll = true
    },
    /node1 has no quorum: .*"vhacs cluster --alone"/,
  ],
  ['in maintenance mode', world => setProperty(world, 'maintenance-mode', 'true'), /in maintenance mode/],
  [
    'while Pacemaker stops',
    world => {
      world.activity = 'deactivating'
    },
    /Pacemaker on node1 is deactivating/,
  ],
  [
    'where pacemakerd would reset the node',
    world => world.cluster.system.put('/proc/500/environ', 'PATH=/usr/bin\0PCMK_fail_fast=yes\0'),
    /PCMK_fail_fast is set .* node1 would be reset/,
  ],
  [
    'where the controller is not of this pacemakerd',
    world => world.cluster.system.put('/proc/500/task/500/children', '501 '),
    /pacemakerd on node1 has no controller of its own/,
  ],
]

describe('a new controller is refused', () => {
  test.each(obstacles)('%s', async (_, change, why) => {
    const world = waitingNode()
    change(world)
    await given(world.cluster).run(ELECT).isRefused(why)
    expectNoChange(world)
  })

  test.each(obstacles)('after the watch, too, %s', async (_, change, why) => {
    const world = waitingNode()
    atLook(world, 7, () => change(world))
    await given(world.cluster).run(ELECT).fails(why)
    expectNoChange(world)
  })

  test('when another one has been started since', async () => {
    const world = waitingNode()
    atLook(world, 7, () => {
      world.cluster.system.put('/proc/500/task/500/children', '501 509 ')
      world.cluster.system.put('/proc/509/stat', world.cluster.system.read('/proc/507/stat').replace('507', '509'))
    })
    await given(world.cluster)
      .run(ELECT)
      .fails(/the controller on node1 has changed meanwhile: run the same command again/)
    expectNoChange(world)
  })

  test('of three nodes, to one without the others', async () => {
    const world = waitingNode(['node1', 'node2', 'node3'])
    await given(world.cluster)
      .run(ELECT)
      .isRefused(/node1 has no quorum/)
    expectNoChange(world)
  })

  test('where Pacemaker does not run, or its controller does not answer', async () => {
    const world = waitingNode()
    world.state = undefined
    await given(world.cluster)
      .run(ELECT)
      .fails(/crmadmin .* exited with 102: error: Could not connect to controller/)
    expectNoChange(world)
  })
})

describe('vhacs storage --info and node --info', () => {
  test.each([
    'storage --info c0',
    'node --info node1',
  ])('%s says above all that there is no coordinator', async line => {
    for (const state of ['S_PENDING', 'S_IDLE']) {
      const world = waitingNode()
      world.state = state
      node(world.cluster, 'node1').system.tools.set('sh', () => 0)
      const { stdout } = await given(world.cluster).run(line)
      expect(stdout[0]?.startsWith('NO COORDINATOR: nothing is started, moved or recovered')).toBe(
        state === 'S_PENDING',
      )
    }
  })
})
