import { beforeAll, expect, test } from 'vitest'
import { mergeCloud } from '../../../../cloud/change/merge-cloud.ts'
import { mergeVserver } from '../../../../cloud/change/vservers/merge-vserver.ts'
import { patchText } from '../../../../cloud/cib/patch.ts'
import { vserverCreations, vserverStopPatch } from '../../../../cloud/cib/vservers/patches.ts'
import { staggeredInterval } from '../../../../cloud/compose/monitor-interval.ts'
import { child, element, parseXml } from '../../../../cloud/xml.ts'
import { lostLinkAttribute } from '../../../../system/pacemaker/attributes/lost-link.ts'
import {
  cibOf,
  withChildren,
  withMembership,
  withMeta,
  withNodeAttribute,
  withNodeState,
  withoutId,
  withPromotionScore,
} from '../cib.ts'
import { c0, db0, web0 } from '../examples.ts'
import { patched, simulate, verify } from '../pacemaker.ts'
import { schedule } from './graph.ts'

/*
 * The decisions of Pacemaker's own scheduler about containers on a cloud. node1 and node2 have the data, node3 and node4 may mount:
 * node1 exports c0; node3 mounts it and runs web0, and db0, which has an address.
 */

const NODES = ['node1', 'node2', 'node3', 'node4']
const cloud = { ...c0, preferredVhosts: ['node3'] }
const WHOLE_CLOUD = ['c0-lvm-clone', 'c0-drbd-clone', 'c0-export', 'c0-mount']

const STOP = ['web0-container stop node3', 'db0-container stop node3', 'db0-ip stop node3']
const UNMOUNT = ['c0-filesystem stop node3', 'c0-session stop node3']
const MOUNT = (node: string) => [`c0-session start ${node}`, `c0-filesystem start ${node}`]
const START = (node: string) => [`web0-container start ${node}`, `db0-ip start ${node}`, `db0-container start ${node}`]
const MOVE = [...STOP, ...UNMOUNT, ...MOUNT('node4'), ...START('node4')]

/** Runs transitions until the scheduler has nothing more to do. */
function settled(cib: string): string {
  const { summary, cib: next } = simulate(cib)
  return summary.length === 0 ? next : settled(next)
}

function running(vservers: readonly (typeof web0)[]): string {
  const storage = (text: string, node: string) =>
    withPromotionScore(withNodeAttribute(text, node, 'vhacs-vhost', 'false'), node, 'c0-drbd', 10000)
  return settled(['node1', 'node2'].reduce(storage, cibOf({ clouds: [cloud], vservers, nodes: NODES })))
}

/** As the controller counts a failed start. */
const failed = (text: string, node: string, id: string) =>
  withNodeState(text, node, { [`fail-count-${id}#start_0`]: 'INFINITY' })

/** What happens to the mount and the containers, in order. */
function done(text: string, ...options: string[]): string[] {
  return simulate(text, ...options).executed.filter(line => /^(c0-(session|filesystem)|web0|db0)/.test(line))
}

let cib: string
beforeAll(() => {
  cib = running([web0, db0])
})

test('a CIB with two containers on a cloud is valid, and they run where it is mounted', () => {
  expect(verify(cib)).toBe('')
  expect(done(withNodeAttribute(cib, 'node3', 'standby', 'on'))).toEqual(MOVE)
})

const same = (text: string) => text
const session = `c0-session_monitor_${staggeredInterval(20, c0.minor, 'session')}`

test.each<[string, string[], (cib: string) => string, ...string[]]>([
  ['the node that exports dies: no container notices', [], same, '--node-fail', 'node1'],
  ['the node that exports is put in standby', [], text => withNodeAttribute(text, 'node1', 'standby', 'on')],
  ['the other side is lost', [], same, '--node-fail', 'node2'],
  [
    'their node dies: they start on another one, after the mount',
    [...MOUNT('node4'), ...START('node4')],
    same,
    '--node-fail',
    'node3',
  ],
  [
    'their node has lost its link',
    MOVE,
    text => withNodeAttribute(text, 'node3', lostLinkAttribute('c0-session'), 'true'),
  ],
  [
    'the session fails',
    [...STOP, ...UNMOUNT, ...MOUNT('node3'), ...START('node3')],
    same,
    '--op-inject',
    `${session}@node3=1`,
  ],
  [
    'the cloud is put in standby: they stop before the unmount',
    [...STOP, ...UNMOUNT],
    text => WHOLE_CLOUD.reduce((changed, id) => withMeta(changed, id, 'target-role', 'Stopped'), text),
  ],
  [
    'one of them is put in standby: it alone stops, its address last',
    ['db0-container stop node3', 'db0-ip stop node3'],
    text => patched(text, vserverStopPatch(['db0'], parseXml(text))).cib,
  ],
  [
    'one of them cannot start: it alone stops',
    ['web0-container stop node3'],
    text => failed(text, 'node3', 'web0-container'),
  ],
  ['one of them could not start elsewhere', [], text => failed(text, 'node4', 'web0-container')],
  [
    'an address cannot start',
    ['db0-container stop node3', 'db0-ip stop node3'],
    text => failed(text, 'node3', 'db0-ip'),
  ],
])('when %s', (_, expected, change, ...options) => {
  expect(done(change(cib), ...options)).toEqual(expected)
})

test('a container that is added to a running cloud starts there, and nothing restarts', () => {
  const text = patched(running([web0]), patchText(vserverCreations(db0, cloud))).cib

  expect(verify(text)).toBe('')
  expect(simulate(text).executed).toEqual(['db0-ip start node3', 'db0-container start node3'])
})

test('the composition needs critical=false: without it, a container that cannot start moves the mount and all others', () => {
  const critical = withoutId(failed(cib, 'node3', 'web0-container'), 'web0-vserver-meta_attributes-critical')

  expect(done(critical)).toEqual(MOVE)
})

test('of two nodes that lose each other, the one with a container survives, although the other has more mounts', () => {
  const on = (name: string, minor: number, vhost: string) => ({
    ...c0,
    name,
    minor,
    address: `10.77.1.${minor + 1}`,
    iqn: `${c0.iqn}${minor}`,
    directory: `/srv/${name}`,
    preferredVhosts: [vhost],
  })
  const clouds = [on('c0', 0, 'node2'), on('c1', 1, 'node1'), on('c2', 2, 'node1')]
  const delays = (vservers: readonly (typeof web0)[]) => {
    const score = (text: string, node: string) =>
      withNodeState(text, node, Object.fromEntries(clouds.map(({ name }) => [`master-${name}-drbd`, '10000'])))
    const up = settled(['node1', 'node2'].reduce(score, cibOf({ clouds, vservers, nodes: ['node1', 'node2'] })))
    const delay = element('nvpair', { id: 'delay', name: 'priority-fencing-delay', value: '10s' })
    return ['node1', 'node2'].map(lost => {
      const { actions } = schedule(withMembership(withChildren(up, 'options', delay), lost, 'died'))
      return actions.find(({ operation }) => operation === 'fence')?.delaySeconds
    })
  }

  // after how many seconds node1 is fenced by node2, and node2 by node1
  expect(delays([])).toEqual([10, 0])
  expect(delays([web0])).toEqual([0, 10])
})

test('the first vserver comes with other options of the mount: it starts after that has been mounted anew where it was', () => {
  const alone = running([])
  const configuration = child(parseXml(alone), 'configuration') ?? element('configuration', {})
  const options = mergeCloud(configuration, cloud, { ...cloud, mountOptions: 'nodev' })
  const { cib: added } = patched(alone, patchText([...options, ...vserverCreations(web0, cloud)]))

  expect(done(added).filter(line => / (start|stop) /.test(line))).toEqual([
    'c0-filesystem stop node3',
    'c0-filesystem start node3',
    'web0-container start node3',
  ])
})

test('a deep monitor is added to a container without an interruption', () => {
  const deep = 'web0-container-monitor-62445ms'
  const before = settled(withoutId(cib, deep))
  const configuration = child(parseXml(before), 'configuration') ?? element('configuration', {})
  const placed = { vserver: web0, cloud }
  const { cib: added } = patched(before, patchText(mergeVserver(configuration, placed, placed)))

  expect(added).toContain(deep)
  expect(done(added).filter(line => / (start|stop) /.test(line))).toEqual([])
})
