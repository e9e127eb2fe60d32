import { expect, test } from 'vitest'
import { bannedSides, sideBanPatch, sideChangePatch, withSideReplaced } from '../../../../cloud/change/replacement.ts'
import { readCluster } from '../../../../cloud/cib/read/cluster.ts'
import type { Cloud } from '../../../../cloud/cloud.ts'
import { decisionsIn } from '../../../../cloud/pacemaker/decisions.ts'
import { placesAfter } from '../../../../cloud/pacemaker/places-after.ts'
import { actionsAmong, actionText } from '../../../../cloud/pacemaker/simulated-actions.ts'
import { parseXml } from '../../../../cloud/xml.ts'
import { activeIn } from '../../../fake/cluster/crm-mon.ts'
import { withHistory } from '../../../fake/cluster/history.ts'
import { cibOf, withNodeAttribute } from '../cib.ts'
import { c0 } from '../examples.ts'
import { patched, planned } from '../pacemaker.ts'

const NODES = ['node1', 'node2', 'node3', 'node4']
const NOW = Date.UTC(2026, 0, 1)
const start = (cloud: Cloud) =>
  NODES.reduce(
    (cib, node) => withNodeAttribute(cib, node, 'vhacs-storage', 'true'),
    cibOf({ clouds: [cloud], nodes: NODES }),
  )

/** What Pacemaker does about each patch, one after the other. */
function reactions(cloud: Cloud, sides: { readonly from: string; readonly to: string }) {
  let active = activeIn(start(cloud)).filter(({ id }) => id !== '')
  const [, , third] = cloud.storageNodes
  const side = (node: string) => [
    { id: 'c0-lvm', node, role: 'Started' },
    { id: 'c0-drbd', node, role: 'Unpromoted' },
  ]
  if (third !== undefined) active = [...active, ...side(third)]
  const react = (cib: string) => {
    const decisions = decisionsIn(parseXml(planned(withHistory(cib, active), NOW)))
    active = placesAfter(active, decisions)
    return actionsAmong(decisions).map(actionText).sort()
  }
  const before = start(cloud)
  const banned = patched(before, sideBanPatch('c0', sides, parseXml(before))).cib
  const after = withSideReplaced(cloud, sides)
  const changed = patched(banned, sideChangePatch(cloud, after, parseXml(banned))).cib
  return { actions: [before, banned, changed].map(react), banned, changed, after }
}

test.each([
  ['another node takes its place', { from: 'node2', to: 'node3' }],
  ['it gets a new disk', { from: 'node2', to: 'node2' }],
])('%s: only that side stops, only the new one starts, and the cloud is complete at any time', (_what, sides) => {
  const { actions, banned, changed, after } = reactions(c0, sides)
  expect(actions).toEqual([
    [],
    ['c0-drbd: stop on node2', 'c0-lvm: stop on node2'],
    [`c0-drbd: start on ${sides.to}`, `c0-lvm: start on ${sides.to}`],
  ])
  expect([...bannedSides(['c0', 'c1'], parseXml(banned))]).toEqual([['c0', sides]])
  expect(bannedSides(['c0'], parseXml(changed)).size).toBe(0)
  expect([banned, changed].map(cib => readCluster(cib).clouds)).toEqual([[c0], [after]])
})

test('the same with three sides', () => {
  const three: Cloud = { ...c0, storageNodes: ['node1', 'node2', 'node3'] }
  const { actions, after } = reactions(three, { from: 'node3', to: 'node4' })
  expect(actions).toEqual([
    [],
    ['c0-drbd: stop on node3', 'c0-lvm: stop on node3'],
    ['c0-drbd: start on node4', 'c0-lvm: start on node4'],
  ])
  expect(after.storageNodes).toEqual(['node1', 'node2', 'node4'])
})

test('the order of the sides stays, and nothing else moves', () => {
  const { actions, changed } = reactions(
    { ...c0, storageNodes: ['node2', 'node1'], preferredVhosts: ['node3'] },
    { from: 'node1', to: 'node4' },
  )
  expect(actions[2]).toEqual(['c0-drbd: start on node4', 'c0-lvm: start on node4'])
  expect(readCluster(changed).clouds[0]?.storageNodes).toEqual(['node2', 'node4'])
})
