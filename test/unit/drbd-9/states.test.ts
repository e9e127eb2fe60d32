import { expect, test } from 'vitest'
import type { Cloud } from '../../../cloud/cloud.ts'
import { parseDrbdReport } from '../../../system/nodes/drbd/report.ts'
import { type FakeCluster, fakeCluster, node } from '../../fake/cluster/cluster.ts'
import { monitor, reportedScores } from '../../fake/nodes/drbd-cloud.ts'
import { fakeSystem } from '../../fake/system.ts'
import { run } from '../cli/call.ts'
import { RECORDED } from '../cli/recorded.ts'
import { withNodeAttribute } from '../cloud/cib.ts'
import { c0 } from '../cloud/examples.ts'
import { NOTHING_UP, outcomes, PROC_DRBD, recorded, showRecorded } from './recorded.ts'

/*
 * What all readers make of each recorded state of DRBD 9: the agent on that node, and the command on a cluster whose other side
 * shows what it would.
 */

/** The state of the other side, where it is not healthy. */
const OTHERS: Readonly<Record<string, string>> = {
  'syncsource.node1': 'synctarget.node2',
  'synctarget.node2': 'syncsource.node1',
  'split-brain.node1': 'split-brain.node2',
  'split-brain.node2': 'split-brain.node1',
  'diskless-primary.node2': 'peer-diskless.node1',
  'peer-diskless.node1': 'diskless-primary.node2',
  'two-volumes.node2': NOTHING_UP,
  'peer-down-primary.node2': NOTHING_UP,
  'peer-down-secondary.node2': NOTHING_UP,
  'suspended-fencing.node1': NOTHING_UP,
  'fence-by-8.4-handler.node1': NOTHING_UP,
}

const NAMES = ['node1', 'node2', 'node3']
const cloud: Cloud = { ...c0, initiators: NAMES.map(name => `iqn.2026-01.org.vhacs:${name}`) }

test.each([...outcomes])('%s', async (state, expected) => {
  const { lines, failure } = await byAgent(state)
  expect([...lines, ...(await byCommand(state, failure))].join('\n')).toBe(expected)
})

test('a split brain that DRBD has marked, as its handler does, is one for every reader', async () => {
  const mark = '/run/vhacs/split-brain-c0'
  const system = agentsNode('split-brain.node2')
  system.put(mark, '')
  const { reasons } = await monitor(system)
  expect(reasons).toEqual([
    expect.stringMatching(/^split brain \(StandAlone\): decide which node's changes to discard/),
  ])
  expect(reportedScores(system)).toEqual(['--delete'])
  const cluster = clusterIn('split-brain.node2')
  node(cluster, 'node2').system.put(mark, 'node1\n')
  expect((await run(cluster.system, 'storage -i c0')).stdout.join()).toContain('SPLIT BRAIN')
  expect((await run(cluster.system, 'cluster -c')).stdout).toContainEqual(
    expect.stringMatching(/^error: cluster: c0 has a split brain/),
  )
})

test('the text after that of /proc/drbd, such as the peers in the marker of a split brain, is no part of it', () => {
  const report = parseDrbdReport(`${PROC_DRBD}node1\n`, recorded('uptodate-primary.node1'))
  expect(report?.version).toEqual({ text: '9.3.3', major: 9, minor: 3 })
  expect(report?.statusOf({ name: 'c0', minor: 7 })).toMatchObject({ minor: 0, role: 'Primary' })
  expect(report?.statusOf({ name: 'c1', minor: 0 })).toBeUndefined()
})

test.each([
  '',
  '{',
  '[1]',
  '[{"name": "c0"}]',
])('an answer that drbdsetup does not give is an unknown side: %j', text => {
  const report = parseDrbdReport(PROC_DRBD, text)
  expect(() => report?.statusOf({ name: 'c0', minor: 0 })).not.toThrow(TypeError)
  if (text !== '[{"name": "c0"}]') expect(() => report?.statusOf({ name: 'c0', minor: 0 })).toThrow(RangeError)
})

test('a node whose drbdsetup fails is an unknown side', async () => {
  const cluster = clusterIn('uptodate-primary.node1')
  node(cluster, 'node2').system.tools.set('drbdsetup', () => ({ status: 20, stderr: 'out of order\n' }))
  expect((await run(cluster.system, 'storage -i c0')).stdout).toContainEqual(
    expect.stringMatching(/DRBD on node2: +\? \(node2: drbdsetup status --json exited with 20: out of order\)/),
  )
})

/** What a recurring monitor returns and reports, and what Pacemaker then lists. */
async function byAgent(state: string) {
  const system = agentsNode(state)
  const { code, reasons } = await monitor(system)
  const reason = reasons.join('')
  const score = reportedScores(system).join('')
  return {
    lines: [`monitor ${code}`, `score ${score || 'unchanged'}`, ...(reason === '' ? [] : [`reason ${reason}`])],
    failure: reason === '' ? undefined : { reason, isDegraded: code === 190 || code === 191 },
  }
}

function agentsNode(state: string) {
  const system = fakeSystem({ '/proc/self/mountinfo': '', '/proc/sys/kernel/hostname': `${nodeOf(state)}\n` })
  system.tools.set('crm_attribute', () => 0)
  showRecorded(system, state)
  return system
}

const nodeOf = (state: string) => state.slice(state.lastIndexOf('.') + 1)

async function byCommand(state: string, failure: Awaited<ReturnType<typeof byAgent>>['failure']) {
  const cluster = clusterIn(state)
  const at = nodeOf(state)
  if (failure) cluster.failures = [{ resource: 'c0-drbd', node: at, action: 'monitor', ...failure }]
  const linesOf = async (line: string) => (await run(cluster.system, line)).stdout
  const table = (await linesOf('storage -l')).filter(line => line.includes('c0')).map(line => line.replace(/ +/g, ' '))
  const info = (await linesOf('storage -i c0')).filter(line => /^ *(DRBD on|replication:)/.test(line))
  const check = await linesOf('cluster -c')
  // the agent's reason is above
  const findings = check.filter(
    (line, index) => ![line, check[index - 1]].some(one => /c0-drbd is|of c0-drbd/.test(one ?? '')),
  )
  return [
    ...table.map(line => `table ${line}`),
    ...info.map(line => `info ${line.trim().replace(/: +/, ': ')}`),
    ...findings.map(line => `check ${line.trim()}`),
  ]
}

/** Three nodes, whose DRBD is version 9; the storage is on the first two. */
function clusterIn(state: string): FakeCluster {
  const cluster = fakeCluster([cloud])
  for (const name of NAMES) {
    cluster.cib = withNodeAttribute(cluster.cib, name, 'vhacs-initiator', `iqn.2026-01.org.vhacs:${name}`)
    const shown = name === nodeOf(state) ? state : (OTHERS[state] ?? 'uptodate-secondary.node1')
    const { system } = node(cluster, name)
    showRecorded(system, shown)
    system.tools.set('sh', (_, { input = '' }) =>
      input.includes('section date') ? { status: 0, stdout: examined(name, shown, system.now()) } : 0,
    )
  }
  return cluster
}

/** The recorded answers of a healthy node, with DRBD 9 in this state. */
function examined(name: string, state: string, now: number): string {
  const isSide = cloud.storageNodes.includes(name)
  return RECORDED.replaceAll(/^== (date|later)\n.*$/gm, `== $1\n${now / 1000}`)
    .replace('global_filter=["a|.*|"]', 'global_filter=["r|^/dev/drbd|"]')
    .replace(/^After=$/m, 'After=iscsid.service open-iscsi.service blk-availability.service')
    .replace('vhacs:node2', `vhacs:${name}`)
    .replace('== name\nnode2', `== name\n${name}`)
    .replace(/(?<=== volumes\n).*\n/, isSide ? '$&' : '')
    .replace('c0.res\n', isSide ? '$&' : '')
    .replace('== drbd\n8.4.11', '== drbd\n9.3.3\n== transport\ndrbd_transport_tcp')
    .replace(/\n.*fencing resource-and-stonith;/, '')
    .replace(/(?<=== replication\n)[^=]*/, `${PROC_DRBD}== drbd-status\n${recorded(state)}`)
    .replace(/(?<=== fences\n)[^=]*/, NAMES.flatMap(other => (other === name ? [] : `${other} sbd\n`)).join(''))
}
