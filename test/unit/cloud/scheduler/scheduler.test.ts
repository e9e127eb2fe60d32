import { beforeAll, describe, expect, test, vi } from 'vitest'
import { banPatch } from '../../../../cloud/cib/cloud-patches.ts'
import { type Layer, staggeredInterval } from '../../../../cloud/compose/monitor-interval.ts'
import { parseXml } from '../../../../cloud/xml.ts'
import {
  cibOf,
  edited,
  withAttributes,
  withMeta,
  withNodeAttribute,
  withNodeState,
  withoutId,
  withPromotionScore,
} from '../cib.ts'
import { bare, c0 } from '../examples.ts'
import { patched, simulate, type Transition, verify } from '../pacemaker.ts'

/*
 * The decisions of Pacemaker's own scheduler about a cloud. In these tests node1 exports it and node2 mounts it, unless stated
 * otherwise.
 */

const UP_TO_DATE = 10000

/** The name of a monitor in the history: `c0-target_monitor_21183`. */
const monitorOf = (layer: Layer) => `c0-${layer}_monitor_${staggeredInterval(20, c0.minor, layer)}`

/** The actions that stop all of a cloud, without their nodes. */
const TOP_DOWN = [
  'c0-filesystem stop',
  'c0-session stop',
  'c0-address stop',
  'c0-target stop',
  'c0-drbd demote',
  'c0-drbd stop',
  'c0-drbd stop',
  'c0-lvm stop',
  'c0-lvm stop',
]

const isMount = (line: string) => /c0-(session|filesystem)/.test(line)
const isExport = (line: string) => /c0-(drbd|target|address)/.test(line)

/** Runs transitions until the scheduler has nothing more to do. */
function settled(cib: string): string {
  const { summary, cib: next } = simulate(cib)
  return summary.length === 0 ? next : settled(next)
}

/** A cluster of these nodes on which c0 runs, exported by node1. */
function running(...nodes: string[]): string {
  const scored = ['node1', 'node2'].reduce(
    (cib, node) => withPromotionScore(cib, node, 'c0-drbd', UP_TO_DATE),
    cibOf({ clouds: [c0], nodes }),
  )
  return settled(scored)
}

/** The node comes back, and DRBD has brought its data up to date. */
function returned(cib: string, node: string): Transition {
  const rejoined = simulate(cib, '--node-up', node).cib
  return simulate(withPromotionScore(rejoined, node, 'c0-drbd', UP_TO_DATE))
}

let cib: string
beforeAll(() => {
  cib = running('node1', 'node2')
})

test('a CIB with two clouds is valid', () => {
  expect(verify(cibOf({ clouds: [c0, bare], nodes: ['node1', 'node2'] }))).toBe('')
})

describe('at the first start', () => {
  test('nothing is exported or mounted before the agents of DRBD have set a promotion score', () => {
    const { executed } = simulate(cibOf({ clouds: [c0], nodes: ['node1', 'node2'] }))

    expect(executed.filter(line => line.includes('c0-lvm start'))).toHaveLength(2)
    expect(executed.filter(line => line.includes('c0-drbd start'))).toHaveLength(2)
    expect(executed.filter(line => /promote|c0-target|c0-address|c0-session|c0-filesystem/.test(line))).toEqual([])
  })

  test('the layers start bottom first, exported by the preferred storage node and mounted on the preferred vhost', () => {
    const connected = ['node1', 'node2'].reduce(
      (started, node) => withPromotionScore(started, node, 'c0-drbd', UP_TO_DATE),
      simulate(cibOf({ clouds: [c0], nodes: ['node1', 'node2'] })).cib,
    )

    expect(simulate(connected).executed).toEqual([
      'c0-drbd promote node1',
      'c0-target start node1',
      'c0-address start node1',
      'c0-session start node2',
      'c0-filesystem start node2',
    ])
  })

  test.each([
    [undefined, 1000],
    [0, 10],
    [10, 1000],
    [1000, 10000],
  ])('with promotion scores %s on the preferred node and %s on the other, the other is promoted', (preferred, other) => {
    const started = simulate(cibOf({ clouds: [c0], nodes: ['node1', 'node2'] })).cib
    const scored = preferred === undefined ? started : withPromotionScore(started, 'node1', 'c0-drbd', preferred)

    const { executed } = simulate(withPromotionScore(scored, 'node2', 'c0-drbd', other))

    expect(executed).toContain('c0-drbd promote node2')
  })
})

describe('when the node with the export is lost', () => {
  let lost: Transition
  beforeAll(() => {
    lost = simulate(cib, '--node-fail', 'node1')
  })

  test('the export moves after fencing', () => {
    expect(lost.executed).toEqual([
      'fence node1',
      'c0-drbd promote node2',
      'c0-target start node2',
      'c0-address start node2',
    ])
  })

  test('the mount does not change', () => {
    expect([...lost.summary, ...lost.executed].filter(isMount)).toEqual([])
    expect(simulate(lost.cib).summary).toEqual([])
  })

  test('the export stays where it is when the preferred node comes back', () => {
    expect(returned(lost.cib, 'node1').summary).toEqual([])
  })
})

describe('when the node with the mount is lost', () => {
  let lost: Transition
  beforeAll(() => {
    lost = simulate(cib, '--node-fail', 'node2')
  })

  test('the mount moves after fencing, and the export does not change', () => {
    expect(lost.executed).toEqual(['fence node2', 'c0-session start node1', 'c0-filesystem start node1'])
    expect(lost.summary.filter(line => isExport(line) && !line.endsWith('node2'))).toEqual([])
  })

  test('the mount stays where it is when the preferred vhost comes back', () => {
    expect(returned(lost.cib, 'node2').summary).toEqual([])
  })
})

describe('when a node with export and mount is put in standby', () => {
  test('it unmounts first, then stops the export, and both start on the other node', () => {
    const both = returned(simulate(cib, '--node-fail', 'node2').cib, 'node2').cib

    const { executed } = simulate(withNodeAttribute(both, 'node1', 'standby', 'on'))

    // DRBD and LVM of node1 stop meanwhile, in no fixed order with the promotion
    expect(executed.filter(line => !/c0-(drbd|lvm) stop/.test(line))).toEqual([
      'c0-filesystem stop node1',
      'c0-session stop node1',
      'c0-address stop node1',
      'c0-target stop node1',
      'c0-drbd demote node1',
      'c0-drbd promote node2',
      'c0-target start node2',
      'c0-address start node2',
      'c0-session start node2',
      'c0-filesystem start node2',
    ])
  })
})

test('when the node with the export is put in standby, the mount is left alone', () => {
  const { summary } = simulate(withNodeAttribute(cib, 'node1', 'standby', 'on'))

  expect(summary).toContain('move c0-target node1 -> node2')
  expect(summary.filter(isMount)).toEqual([])
})

test.each([
  ['in good order', 8],
  ['degraded', 191],
])('a side that is primary, %s, without having been promoted is demoted and restarted, and the export stays', (_, code) => {
  // as when the kernel completes a promotion that was given up
  const [, interval = ''] = /interval="(\d+)ms"[^>]*role="Unpromoted"/.exec(cib) ?? []
  const { executed } = simulate(cib, '--op-inject', `c0-drbd_monitor_${interval}@node2=${code}`)

  expect(executed).toEqual(['c0-drbd demote node2', 'c0-drbd stop node2', 'c0-drbd start node2'])
})

test('when the target fails it is restarted in place, and the mount does not change', () => {
  const { summary } = simulate(cib, '--op-inject', `${monitorOf('target')}@node1=1`)

  expect(summary).toEqual(['recover c0-target node1', 'restart c0-address node1'])
})

test('when the target cannot be started again in place, the export moves after that one failure', () => {
  // this is how the controller counts a failed start, unless start-failure-is-fatal is off
  const counted = withNodeState(cib, 'node1', {
    'master-c0-drbd': String(UP_TO_DATE),
    'fail-count-c0-target#start_0': 'INFINITY',
  })

  const { summary } = simulate(counted)

  expect(summary).toEqual(expect.arrayContaining(['promote c0-drbd node2', 'move c0-target node1 -> node2']))
  expect(summary.filter(isMount)).toEqual([])
})

describe('when the target has failed three times on a node', () => {
  const failures = `-${monitorOf('target').replace('_monitor', '#monitor')}`
  /** The last failure is that old by crm_simulate's clock, which no test stops; after 120 s they have expired. */
  const failedThrice = (cib: string, node: string, secondsAgo: number) =>
    withNodeState(cib, node, {
      'master-c0-drbd': String(UP_TO_DATE),
      [`fail-count${failures}`]: '3',
      [`last-failure${failures}`]: String(Math.floor(vi.getRealSystemTime() / 1000) - secondsAgo),
    })
  let moved: Transition
  beforeAll(() => {
    moved = simulate(failedThrice(cib, 'node1', 0))
  })

  test('DRBD and the export move, and the mount does not change', () => {
    expect(moved.summary).toEqual(expect.arrayContaining(['promote c0-drbd node2', 'move c0-target node1 -> node2']))
    expect(moved.summary.filter(isMount)).toEqual([])
  })

  test('they stay where they are when the failures have expired', () => {
    expect(simulate(failedThrice(moved.cib, 'node1', 121)).summary).toEqual([])
  })

  test('and on the other node too, they move back once the first failures have expired', () => {
    const { summary } = simulate(failedThrice(failedThrice(moved.cib, 'node1', 121), 'node2', 0))

    expect(summary).toEqual(expect.arrayContaining(['promote c0-drbd node1', 'move c0-target node2 -> node1']))
    expect(summary.filter(isMount)).toEqual([])
  })

  test('and on the other node too before that, the export stops, and starts again when they have expired', () => {
    const stopped = simulate(failedThrice(moved.cib, 'node2', 0))
    const again = simulate(failedThrice(failedThrice(stopped.cib, 'node1', 121), 'node2', 60))

    expect(stopped.summary).toContain('stop c0-target node2')
    expect(stopped.executed.filter(line => / start /.test(line))).toEqual([])
    expect(again.executed.filter(line => / start /.test(line))).toEqual([
      'c0-target start node1',
      'c0-address start node1',
    ])
    expect([...stopped.summary, ...again.summary].filter(isMount)).toEqual([])
  })
})

test('a cloud with target-role Stopped on all groups and clones stops top down', () => {
  const groupsAndClones = ['c0-lvm-clone', 'c0-drbd-clone', 'c0-export', 'c0-mount']
  const unwanted = groupsAndClones.reduce((changed, id) => withMeta(changed, id, 'target-role', 'Stopped'), cib)

  const { executed } = simulate(unwanted)

  expect(executed.map(line => line.replace(/ node\d$/, ''))).toEqual(TOP_DOWN)
})

test('a banned cloud stops top down, and no part of it can be started', () => {
  const { executed, cib: banned } = simulate(patched(cib, banPatch('c0', parseXml(cib))).cib)

  expect(executed.map(line => line.replace(/ node\d$/, ''))).toEqual(TOP_DOWN)
  const wanted = edited(banned, ({ attributes }) => (attributes.name === 'target-role' ? [] : undefined))
  expect(simulate(wanted).executed).toEqual([])
})

test('with the mount stopped and DRBD unpromoted, as for a discard, DRBD stays up on both sides', () => {
  const { executed } = simulate(
    withMeta(withMeta(cib, 'c0-mount', 'target-role', 'Stopped'), 'c0-drbd-clone', 'target-role', 'Unpromoted'),
  )

  expect(executed).toEqual([
    'c0-filesystem stop node2',
    'c0-session stop node2',
    'c0-address stop node1',
    'c0-target stop node1',
    'c0-drbd demote node1',
  ])
})

test('when a node loses the vhost role, its mount moves to a node that has it', () => {
  expect(simulate(withNodeAttribute(cib, 'node2', 'vhacs-vhost', 'false')).executed).toEqual([
    'c0-filesystem stop node2',
    'c0-session stop node2',
    'c0-session start node1',
    'c0-filesystem start node1',
  ])
})

describe('in a cluster of four', () => {
  const nodes = ['node1', 'node2', 'node3', 'node4']
  /** Mounted on node3, which has no data of the cloud. */
  let four: string
  beforeAll(() => {
    const others = ['node1', 'node2', 'node4']
    const noVhost = (text: string, node: string) => withNodeAttribute(text, node, 'vhacs-vhost', 'false')
    four = settled(others.reduce(noVhost, running(...nodes)))
  })

  test('volume and DRBD run on the two storage nodes and nowhere else, and there is no other instance', () => {
    const { executed } = simulate(cibOf({ clouds: [c0], nodes }))

    expect(executed.filter(line => /c0-(lvm|drbd) start/.test(line)).sort()).toEqual([
      'c0-drbd start node1',
      'c0-drbd start node2',
      'c0-lvm start node1',
      'c0-lvm start node2',
    ])
  })

  test('the volume is not replaced on a third node when a storage node is lost', () => {
    expect(simulate(four, '--node-fail', 'node1').executed.filter(line => /c0-lvm/.test(line))).toEqual([])
  })

  test('a mount without any export does not change, and once stopped does not start until the export is back', () => {
    const gone = simulate(simulate(four, '--node-fail', 'node1').cib, '--node-fail', 'node2')
    expect(gone.summary.filter(isMount)).toEqual([])

    const failed = simulate(gone.cib, '--op-inject', `${monitorOf('session')}@node3=1`)
    expect(failed.executed).toEqual(['c0-filesystem stop node3', 'c0-session stop node3'])

    const rejoined = simulate(failed.cib, '--node-up', 'node2').cib
    const promoted = simulate(withPromotionScore(rejoined, 'node2', 'c0-drbd', 1000))
    expect(promoted.executed).toEqual([
      'c0-drbd promote node2',
      'c0-target start node2',
      'c0-address start node2',
      'c0-session start node3',
      'c0-filesystem start node3',
    ])
  })
})

describe('the composition needs', () => {
  test('its preference on the export: on the promoted role, DRBD is promoted where no agent has set a score', () => {
    const composed = cibOf({ clouds: [c0], nodes: ['node1', 'node2'] })
    const onRole = withAttributes(composed, 'c0-export-location', { rsc: 'c0-drbd-clone', role: 'Promoted' })

    expect(simulate(onRole).executed).toContain('c0-drbd promote node1')
  })

  test('the stickiness of the export: without it the promotion moves back to the preferred node', () => {
    const loose = withoutId(cib, 'c0-export-meta_attributes-resource-stickiness')

    expect(returned(simulate(loose, '--node-fail', 'node1').cib, 'node1').summary).toContain(
      'move c0-target node2 -> node1',
    )
  })

  test('the one-way order: with a symmetrical one the mount restarts at each failover', () => {
    const ordinary = withAttributes(cib, 'c0-export-mount-start-order', { symmetrical: 'true' })

    expect(simulate(ordinary, '--node-fail', 'node1').summary.filter(isMount)).not.toEqual([])
  })

  test('the order of stopping: without it the export stops under the mount', () => {
    const both = returned(simulate(cib, '--node-fail', 'node2').cib, 'node2').cib
    const loose = withoutId(both, 'c0-mount-export-stop-order')

    const { executed } = simulate(withNodeAttribute(loose, 'node1', 'standby', 'on'))

    expect(executed.indexOf('c0-address stop node1')).toBeLessThan(executed.indexOf('c0-session stop node1'))
  })
})
