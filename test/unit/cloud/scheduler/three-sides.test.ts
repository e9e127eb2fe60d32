import { beforeAll, describe, expect, test } from 'vitest'
import { readCluster } from '../../../../cloud/cib/read/cluster.ts'
import { compose } from '../../../../cloud/compose/compose.ts'
import { crmText } from '../../../../cloud/compose/crm-text.ts'
import { pcsCommands } from '../../../../cloud/compose/pcs-commands.ts'
import { element } from '../../../../cloud/xml.ts'
import { cibOf, edited, withNodeAttribute, withNodeState, withPromotionScore } from '../cib.ts'
import { threeSides } from '../examples.ts'
import { simulate, verify } from '../pacemaker.ts'

/* The decisions of Pacemaker's own scheduler about a cloud with three sides: node1 exports it, node5 mounts it. */

const cloud = { ...threeSides, preferredVhosts: ['node5', 'node4'] }
const NODES = ['node1', 'node2', 'node3', 'node4', 'node5']
const SIDES = cloud.storageNodes

function settled(cib: string): string {
  const { summary, cib: next } = simulate(cib)
  return summary.length === 0 ? next : settled(next)
}

const scored = (cib: string, sides: readonly string[], score: number) =>
  sides.reduce((changed, node) => withPromotionScore(changed, node, 'c0-drbd', score), cib)

let cib: string
beforeAll(() => {
  cib = settled(scored(cibOf({ clouds: [cloud], nodes: NODES }), SIDES, 10000))
})

const isMount = (line: string) => /c0-(session|filesystem)/.test(line)

describe('the composition', () => {
  test('is valid, and read back as it was', () => {
    const text = cibOf({ clouds: [cloud], nodes: NODES })
    expect(verify(text)).toBe('')
    expect(readCluster(text)).toMatchObject({ clouds: [cloud], incomplete: [] })
  })

  test('with another preferred side is read back with that one first', () => {
    const other = { ...cloud, storageNodes: ['node3', 'node1', 'node2'] as const }
    expect(readCluster(cibOf({ clouds: [other], nodes: NODES })).clouds[0]?.storageNodes).toEqual(other.storageNodes)
  })

  test('has three instances, on the three nodes', () => {
    const text = crmText(compose(cloud))
    expect(text.match(/clone-max=\d/g)).toEqual(['clone-max=3', 'clone-max=3'])
    expect(text).toContain('#uname ne node1 and #uname ne node2 and #uname ne node3')
    expect(
      pcsCommands(compose(cloud))
        .flat()
        .filter(word => word === 'clone-max=3'),
    ).toHaveLength(2)
  })
})

describe('when the node with the export is lost', () => {
  test('one of the others takes over after fencing, and the mount does not change', () => {
    const lost = simulate(cib, '--node-fail', 'node1')
    expect(lost.executed).toEqual([
      'fence node1',
      expect.stringMatching(/^c0-drbd promote node[23]$/),
      expect.stringMatching(/^c0-target start node[23]$/),
      expect.stringMatching(/^c0-address start node[23]$/),
    ])
    expect(lost.summary.filter(isMount)).toEqual([])
  })

  test('the one with the better data', () => {
    const worse = scored(cib, ['node2'], 1000)
    expect(simulate(worse, '--node-fail', 'node1').executed).toContain('c0-drbd promote node3')
  })

  test('not the one that was left behind: the constraint of the handler allows the two others', () => {
    const allowed = ['node1', 'node3'].map((value, index) =>
      element('expression', { id: `fence-expr-${index}`, attribute: '#uname', operation: 'ne', value }),
    )
    const rule = element('rule', { id: 'fence-rule', role: 'Promoted', score: '-INFINITY' }, allowed)
    const fence = element('rsc_location', { id: 'drbd-fence-by-handler-c0-c0-drbd-clone', rsc: 'c0-drbd-clone' }, [
      rule,
    ])
    const fenced = edited(cib, found =>
      found.name === 'constraints' ? [{ ...found, children: [...found.children, fence] }] : undefined,
    )
    expect(simulate(fenced).summary).toEqual([])
    expect(simulate(fenced, '--node-fail', 'node1').executed).toContain('c0-drbd promote node3')
  })
})

test('when another side is lost, nothing else changes', () => {
  const { executed } = simulate(cib, '--node-fail', 'node3')
  expect(executed).toEqual(['fence node3'])
})

describe('when two sides are lost', () => {
  test('the primary continues, if it is left and has a score', () => {
    const one = simulate(cib, '--node-fail', 'node3').cib
    expect(simulate(one, '--node-fail', 'node2').executed).toEqual(['fence node2'])
  })

  test('the last one is not promoted without a score: DRBD has no quorum there', () => {
    const first = simulate(cib, '--node-fail', 'node1')
    const promoted = first.executed.find(line => line.includes('promote'))?.split(' ')[2] ?? ''
    const last = promoted === 'node2' ? 'node3' : 'node2'
    const { executed } = simulate(withNodeState(first.cib, last, {}), '--node-fail', promoted)
    expect(executed).toContain(`fence ${promoted}`)
    expect(executed.filter(line => line.includes('promote'))).toEqual([])
  })
})

test('when the node with the export is put in standby, the mount is left alone', () => {
  const { summary } = simulate(withNodeAttribute(cib, 'node1', 'standby', 'on'))
  expect(summary).toContainEqual(expect.stringMatching(/^move c0-target node1 -> node[23]$/))
  expect(summary.filter(isMount)).toEqual([])
})

test('a primary without quorum, whose agent deletes its score, gives the export to the majority', () => {
  const unscored = withNodeState(scored(cib, ['node2', 'node3'], 1000), 'node1', {})
  const { summary } = simulate(unscored)
  expect(summary).toContainEqual(expect.stringMatching(/^move c0-target node1 -> node[23]$/))
})
