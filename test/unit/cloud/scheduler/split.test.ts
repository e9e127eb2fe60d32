import { array, assert, constantFrom, property, record } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { patchText } from '../../../../cloud/cib/patch.ts'
import { priorityChanges } from '../../../../cloud/cib/priorities.ts'
import { propertyChanges } from '../../../../cloud/cib/property-changes.ts'
import { PRIORITIES } from '../../../../cloud/compose/priorities.ts'
import { element, parseXml } from '../../../../cloud/xml.ts'
import { edited, FENCING_DEVICE, withChildren } from '../cib.ts'
import { patched, verify } from '../pacemaker.ts'
import { cloudOf, inFullOperation } from './clusters.ts'
import { changes as changesIn, schedule } from './graph.ts'
import { failMonitor, lose, type Model, newCluster } from './model.ts'
import { cibOf } from './model-cib.ts'

/*
 * Which node Pacemaker's own scheduler has fenced after which delay, when nodes lose each other: as each side sees it. A node that
 * has died looks the same to the others.
 */

const DELAY = 10
const RUNS = Number(process.env.VHACS_RUNS ?? 10)

type Node = 'node1' | 'node2'
interface Site {
  readonly exported: Node
  readonly mounted: Node
}

const at = (exported: Node, mounted: Node): Site => ({ exported, mounted })
const other = (node: Node): Node => (node === 'node1' ? 'node2' : 'node1')

/** A cluster with a cloud for each of the sites. The fencing device runs on the first node. */
function running(sites: readonly Site[], nodes: readonly string[] = ['node1', 'node2']): Model {
  const clouds = sites.map(({ exported, mounted }, index) =>
    cloudOf(index, { storageNodes: [exported, other(exported)], preferredVhosts: [mounted] }),
  )
  return inFullOperation(newCluster(Object.fromEntries(nodes.map(name => [name, 'sv'])), clouds))
}

/** The CIB of the model in a cluster that is configured as init does it. */
function configured(model: Model): string {
  const delay = element('nvpair', { id: 'delay', name: 'priority-fencing-delay', value: `${DELAY}s` })
  const value = String(PRIORITIES.fencing)
  const priority = element('nvpair', { id: 'device-priority', name: 'priority', value })
  const meta = element('meta_attributes', { id: 'device-meta' }, [priority])
  return withChildren(withChildren(cibOf(model), 'options', delay), FENCING_DEVICE, meta)
}

/** The nodes that are fenced after a cut, each with its delay in seconds. */
function fenced(cib: string): Record<string, number | undefined> {
  const actions = schedule(cib).actions.filter(({ operation }) => operation === 'fence')
  return Object.fromEntries(actions.map(({ node, delaySeconds }) => [node, delaySeconds]))
}

/** After how many seconds each of two nodes fences the other. */
function delays(model: Model, change: (cib: string) => string = cib => cib) {
  const after = (survivor: Node) => fenced(change(configured(lose(model, other(survivor)))))[other(survivor)]
  return { node1: after('node1'), node2: after('node2') }
}

const wins = (node: Node) => ({ [node]: 0, [other(node)]: DELAY })

describe('of two nodes that lose each other, the survivor is', () => {
  test.each<[string, Node, Model]>([
    ['the one that mounts what the other exports', 'node2', running([at('node1', 'node2')])],
    ['the same in the other direction', 'node1', running([at('node2', 'node1')])],
    ['the one that runs everything', 'node2', running([at('node2', 'node2')])],
    ['the only one with a mount, of three exports', 'node2', running(Array(3).fill(at('node1', 'node2')))],
    ['the one with more mounts', 'node1', running([at('node1', 'node2'), at('node2', 'node1'), at('node2', 'node1')])],
    [
      'the one with more exports, of equally many mounts',
      'node2',
      running([at('node2', 'node1'), at('node2', 'node2'), at('node1', 'node1'), at('node2', 'node2')]),
    ],
    ['the one with the fencing device, of equal ones', 'node1', running([at('node1', 'node2'), at('node2', 'node1')])],
    [
      'the same where that runs on the other',
      'node2',
      running([at('node1', 'node2'), at('node2', 'node1')], ['node2', 'node1']),
    ],
    ['the one with the fencing device, where nothing runs', 'node1', running([])],
    [
      'the one whose mount has not failed',
      'node1',
      failMonitor(running([at('node1', 'node2'), at('node2', 'node1')]), 'c0', 'filesystem'),
    ],
  ])('%s', (_, survivor, model) => {
    expect(delays(model)).toEqual(wins(survivor))
  })
})

test('wherever things run, exactly one of two nodes waits, and never the one with more mounts', {
  timeout: 600_000,
}, () => {
  const node = constantFrom<Node>('node1', 'node2')
  assert(
    property(array(record({ exported: node, mounted: node }), { maxLength: 6 }), sites => {
      const mounts = (name: Node) => sites.filter(({ mounted }) => mounted === name).length
      const { node1, node2 } = delays(running(sites))
      expect([node1, node2].sort()).toEqual([0, DELAY])
      if (mounts('node1') !== mounts('node2')) expect(node1 === 0).toBe(mounts('node1') > mounts('node2'))
    }),
    { numRuns: RUNS },
  )
})

describe('both nodes fence at once', () => {
  const withoutPriority = (value: number) => (cib: string) =>
    edited(cib, ({ attributes }) =>
      attributes.name === 'priority' && attributes.value === String(value) ? [] : undefined,
    )

  test('without the delay', () => {
    const model = running([at('node1', 'node2')])
    const withoutDelay = (cib: string) => edited(cib, ({ attributes }) => (attributes.id === 'delay' ? [] : undefined))
    expect(delays(model, withoutDelay)).toEqual({ node1: undefined, node2: undefined })
  })

  test('in a tie, without a priority of the fencing device', () => {
    const model = running([at('node1', 'node2'), at('node2', 'node1')])
    expect(delays(model, withoutPriority(PRIORITIES.fencing))).toEqual({ node1: 0, node2: 0 })
  })
})

test('priorities and the delay are set on running clouds without a restart of anything, the fencing device included', () => {
  const sites = [at('node1', 'node2'), at('node2', 'node1')]
  const former = edited(cibOf(running(sites)), ({ name, children }) =>
    name === 'meta_attributes' && children.every(({ attributes }) => attributes.name === 'priority') ? [] : undefined,
  )
  const wanted = new Map([
    [FENCING_DEVICE, PRIORITIES.fencing],
    ['c0-target', PRIORITIES.export],
    ['c1-filesystem', PRIORITIES.mount],
  ])
  const root = parseXml(former)
  const changes = [
    ...propertyChanges(root, { 'priority-fencing-delay': `${DELAY}s` }),
    ...priorityChanges(root, wanted),
  ]
  const { cib, isRefused } = patched(former, patchText(changes))

  expect(isRefused).toBe(false)
  expect(cib.match(/name="priority/g)).toHaveLength(4)
  expect(verify(cib)).toBe('')
  expect(schedule(cib).actions).toEqual(schedule(former).actions)
  expect(changesIn(schedule(cib))).toEqual([])
})

describe('of three nodes', () => {
  const model = running([at('node1', 'node2'), at('node2', 'node1')], ['node1', 'node2', 'node3'])

  test.each(['node1', 'node2', 'node3'])('the two others fence %s at once, whatever runs there', name => {
    expect(fenced(configured(lose(model, name)))).toEqual({ [name]: 0 })
  })

  test.each(['node1', 'node2', 'node3'])('%s, cut off from the two others, fences nobody: it has no quorum', name => {
    const others = ['node1', 'node2', 'node3'].filter(node => node !== name)
    const alone = configured(others.reduce((rest, node) => lose(rest, node), model))
    expect(fenced(alone.replace('have-quorum="1"', 'have-quorum="0"'))).toEqual({})
  })
})
