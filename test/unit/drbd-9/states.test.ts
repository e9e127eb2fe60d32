import { expect, test } from 'vitest'
import { exit } from '../../../ocf/exit.ts'
import { parseDrbdReport } from '../../../system/nodes/drbd/report.ts'
import { node } from '../../fake/cluster/cluster.ts'
import { monitor, reportedScores, stop } from '../../fake/nodes/drbd-cloud.ts'
import { fakeSystem } from '../../fake/system.ts'
import { run } from '../cli/call.ts'
import { clusterIn, nodeOf } from './cluster.ts'
import { outcomes, PROC_DRBD, recorded, showRecorded } from './recorded.ts'

/*
 * What all readers make of each recorded state of DRBD 9: the agent on that node, and the command on a cluster whose other side
 * shows what it would.
 */

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

test('a stop takes a resource down that has no volume, and a monitor does not find it running', async () => {
  const system = agentsNode('resource-and-minor-only.node1')
  system.take('/sys/block/drbd0')
  let isThere = true
  const left = JSON.stringify([{ name: 'c0', role: 'Secondary', devices: [], connections: [] }])
  system.tools.set('drbdsetup', () =>
    isThere ? { status: 0, stdout: left } : { status: 10, stderr: 'c0: No such resource\n' },
  )
  system.tools.set('drbdadm', ([verb]) => {
    if (verb === 'down') isThere = false
    return 0
  })
  expect((await monitor(system)).code).toBe(exit.notRunning)
  expect((await stop(system)).code).toBe(exit.success)
  expect(isThere).toBe(false)
})
