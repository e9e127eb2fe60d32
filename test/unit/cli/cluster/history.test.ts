import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { LOGS } from '../../../../cli/cluster/history/log-script.ts'
import type { Cloud } from '../../../../cloud/cloud.ts'
import { type FakeCluster, fakeCluster, node } from '../../../fake/cluster/cluster.ts'
import { cibOf } from '../../cloud/cib.ts'
import { c0, web0 } from '../../cloud/examples.ts'
import { hoursIn, recorded, takeover } from '../../cloud/history/recorded.ts'
import { given } from '../call.ts'

const recordedCloud: Cloud = { ...c0, name: takeover.name, iqn: takeover.iqn, directory: '/srv/takeover' }

/** What a node prints of its logs. */
interface Printed {
  readonly lines?: string
  readonly journal?: string
  readonly missing?: string
  /** Seconds that its clock is ahead of others. */
  readonly lead?: number
}

/** After all recorded lines. */
const NOW = Date.parse('2026-11-29T18:00:00Z')

/** A cluster with the recorded storage and another, whose nodes have these logs. */
function clusterWith(logs: Readonly<Record<string, Printed>>): FakeCluster {
  const cluster = fakeCluster([recordedCloud, c0].map((cloud, minor) => ({ ...cloud, minor })))
  Object.assign(cluster.system, { now: () => NOW })
  for (const { name, system } of cluster.nodes)
    system.tools.set('sh', () => ({ status: 0, stdout: answerOf(logs[name] ?? {}) }))
  return cluster
}

const BEGIN = 'Nov 29 16:13:31.382 node1 pacemakerd'

function answerOf({ lines = '', journal = '', missing = '', lead = 0 }: Printed): string {
  const hours = [...hoursIn(`${BEGIN}\n${lines}`)].map(([hour, time]) => `${hour} ${time / 1000}`)
  const date = String(NOW / 1000 + lead)
  const sections = {
    ...{ date, log: '/var/log/pacemaker/pacemaker.log', missing, begin: missing === '' ? BEGIN : '' },
    ...{ hours: hours.join('\n'), lines, sessions: '', journal, later: date },
  }
  return Object.entries(sections)
    .map(([name, text]) => `== ${name}\n${text}\n`)
    .join('')
}

/** The logs of the recorded moves. */
const MOVES: Readonly<Record<string, Printed>> = Object.fromEntries(
  ['node1', 'node2'].map(name => [
    name,
    { lines: recorded(`pacemaker-2.1.5-moves-${name}.txt`), journal: recorded(`journal-moves-${name}.txt`) },
  ]),
)

/** The lines of a text without their times, which depend on the zone. */
function withoutTimes(lines: readonly string[]): string[] {
  return lines.map(line => line.replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d|\d\d:\d\d:\d\d\.\d{3}/g, 'TIME'))
}

test('vservers have timelines of their own, beside that of their storage', async () => {
  const line = (time: string, text: string) =>
    `Nov 29 ${time} node1 pacemaker-controld  [309] (te_rsc_command) \tnotice: ${text}`
  const done = (action: string, node: string, call: number) =>
    `Transition 5 action 7 (web0-container_${action}_0 on ${node}): ok | rc=0 call-id=${call}`
  const lines = [
    line('16:20:00.000', 'Initiating stop operation web0-container_stop_0 on node2'),
    line('16:20:04.000', done('stop', 'node2', 7)),
    line('16:20:09.500', done('start', 'node3', 8)),
    line('16:40:00.000', 'Initiating stop operation web0-container_stop_0 on node3'),
    line('16:40:05.000', done('stop', 'node3', 9)),
  ]
  const cluster = clusterWith({ node1: { lines: lines.join('\n') } })
  cluster.cib = cibOf({ clouds: [c0], vservers: [web0], nodes: ['node1', 'node2', 'node3'] })
  const { stdout } = await given(cluster).run('cluster --history c0').succeeds()
  expect(withoutTimes(stdout).filter(text => !text.startsWith('node'))).toEqual([
    'web0 on c0, TIME: move of the container from node2 to node3, 9.5 s',
    '    TIME             stop of the container begins on node2',
    '    TIME     +4.0 s  container stopped on node2',
    '    TIME     +5.5 s  container up on node3',
    'web0 on c0, TIME: stop of the container on node3, 5.0 s',
    '    TIME             stop of the container begins on node3',
    '    TIME     +5.0 s  container stopped on node3',
  ])
})

describe('of recorded moves', () => {
  test('it shows a timeline of each, the newest last, and what was read', async () => {
    const { stdout } = await given(clusterWith(MOVES)).run('cluster --history takeover').succeeds()
    expect(withoutTimes(stdout)).toMatchSnapshot()
  })

  test('without STORAGES, of all storages', async () => {
    const { stdout } = await given(clusterWith(MOVES)).run('cluster --history').succeeds()
    const { stdout: ofOne } = await given(clusterWith(MOVES)).run('cluster --history takeover').succeeds()
    expect(stdout).toEqual(ofOne)
  })

  test('as JSON, every field of which is documented', async () => {
    const { stdout } = await given(clusterWith(MOVES)).run('cluster --history takeover --json').succeeds()
    const found: unknown = JSON.parse(stdout.join('\n'))
    expect(found).toMatchSnapshot()
    const text = readFileSync(new URL('../../../../docs/json.md', import.meta.url), 'utf8')
    expect(namesIn(found).filter(name => !text.includes(`\`${name}\``))).toEqual([])
  })
})

/** Every name of a field in a value, however deep. */
function namesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(namesIn)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, field]) => [name, ...namesIn(field)])
}

test('a storage without a failover in the logs', async () => {
  const { stdout } = await given(clusterWith(MOVES)).run('cluster --history c0').succeeds()
  expect(stdout[0]).toBe('the logs tell of no failover or move of c0')
})

test('a storage that does not exist is refused', async () => {
  await given(clusterWith(MOVES))
    .run('cluster --history c9')
    .isRefused(/there is no storage c9 \(storages: c0, takeover\)/)
})

test('a cluster without storages', async () => {
  const cluster = fakeCluster()
  for (const { system } of cluster.nodes) system.tools.set('sh', () => ({ status: 0, stdout: answerOf({}) }))
  const { stdout } = await given(cluster).run('cluster --history').succeeds()
  expect(stdout[0]).toBe('there are no storages')
})

test('an unreachable node is named, and costs one time-out; what the others have is shown', async () => {
  const cluster = clusterWith(MOVES)
  node(cluster, 'node3').isUp = false
  const { stdout } = await given(cluster).run('cluster --history takeover').succeeds()
  expect(stdout.filter(line => line.startsWith('takeover,'))).toHaveLength(4)
  expect(stdout.filter(line => /^node3: unreachable: .*No route to host/.test(line))).toHaveLength(1)
  expect(cluster.system.commands.filter(words => words.includes('root@node3'))).toHaveLength(1)
  const { stdout: json } = await given(cluster).run('cluster --history --json').succeeds()
  expect(JSON.parse(json.join('\n')).nodes[2]).toEqual({
    ...{ node: 'node3', since: null, clockLeadSeconds: null },
    problem: expect.stringContaining('unreachable'),
  })
})

test('a node without a log is named, in one line', async () => {
  const cluster = clusterWith({ ...MOVES, node3: { missing: 'missing' } })
  const { stdout } = await given(cluster).run('cluster --history c0').succeeds()
  expect(stdout).toContain("node3: there is no /var/log/pacemaker/pacemaker.log, Pacemaker's log (PCMK_logfile)")
})

test('it fails if no node has a log', async () => {
  const missing = { missing: 'missing' }
  const cluster = clusterWith({ node1: missing, node2: missing, node3: missing })
  await given(cluster).run('cluster --history').fails('vhacs: no node has a log of Pacemaker that can be read')
})

test('a clock that is wrong is named', async () => {
  const cluster = clusterWith({ ...MOVES, node1: { ...MOVES.node1, lead: 42 } })
  const { stdout } = await given(cluster).run('cluster --history c0').succeeds()
  expect(stdout.at(-1)).toMatch(
    /^node1: its clock is at least 4\d s ahead of another node's, and so are the times of its log$/,
  )
})

describe('a node that lies', () => {
  const ESCAPE = '\u001b[31m\u0007'
  const PREFIX = 'Nov 29 16:20:00.000 n pacemaker-controld  [1] (f) \tnotice: '

  test.each([
    ['garbage', { lines: '\u0000\ufffd== == {}[]\n'.repeat(1000), journal: '\u0000'.repeat(1000) }],
    ['a huge line', { lines: `${PREFIX}Node ${'x'.repeat(1_000_000)} state is now lost` }],
    ['many lines', { lines: `${PREFIX}Node n state is now lost | x\n`.repeat(20_000) }],
    ['a time without end', { journal: `${'9'.repeat(12)}.000000 n kernel: connection1:0: detected conn error (1)` }],
    ['no number', { lead: Number.NaN }],
  ])('with %s does not hide what the others say', async (_, lie) => {
    const cluster = clusterWith({ ...MOVES, node3: lie })
    const { stdout } = await given(cluster).run('cluster --history takeover').succeeds()
    expect(stdout.filter(line => line.startsWith('takeover,')).length).toBeGreaterThanOrEqual(4)
  })

  test.each(['', ' --json'])('cannot control the terminal%s', async option => {
    const lines = [
      'Initiating stop operation takeover-address_stop_0 on node1 | x',
      `Node node1${ESCAPE} state is now lost | x`,
      `Result of stop operation for takeover-address on ${ESCAPE}: ok | call=1`,
      `Transition 1 action 2 (takeover-address_start_0 on ${ESCAPE}) confirmed: ok | rc=0 call-id=5`,
    ]
    const cluster = clusterWith({ node1: { lines: lines.map(line => `${PREFIX}${line}`).join('\n') } })
    const { stdout } = await given(cluster).run(`cluster --history takeover${option}`).succeeds()
    expect(stdout.join('\n')).toContain('\\u001b[31m\\u0007')
    expect(stdout.join('')).not.toMatch(/\p{Cc}/u)
  })
})

describe('the script', () => {
  /** What it prints on a node with these files below the directory of the log. */
  function printed(files: Readonly<Record<string, string | Buffer>>, setting = ''): string {
    const directory = mkdtempSync(join(tmpdir(), 'vhacs-history-'))
    try {
      mkdirSync(join(directory, 'pacemaker'))
      for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, 'pacemaker', name), content)
      writeFileSync(join(directory, 'default'), setting.replaceAll('DIRECTORY', directory))
      const input = LOGS.replaceAll('/var/log/pacemaker/', `${directory}/pacemaker/`).replaceAll(
        '/etc/default/pacemaker',
        `${directory}/default`,
      )
      const { stdout, status } = spawnSync('/bin/sh', ['-s', '--', '', '', 'node1'], {
        input,
        encoding: 'utf8',
        maxBuffer: 2 ** 24,
      })
      expect(status).toBe(0)
      return stdout.replaceAll(directory, 'DIRECTORY')
    } finally {
      rmSync(directory, { recursive: true })
    }
  }

  const LOG = recorded('pacemaker-2.1.5-moves-node2.txt')
  const FIRST = LOG.split('\n')[0] ?? ''

  test('prints the lines that matter, with the hours of their times', () => {
    const output = printed({
      'pacemaker.log': `${LOG}Nov 29 16:40:00 n pacemaker-based [1] (f) \tinfo: Node x state is now lost\n`,
    })
    expect(output).toContain(`== begin\n${FIRST.slice(0, 60)}`)
    expect(output).toMatch(/^== hours\nNov 29 16 \d+$/m)
    expect(output).toContain('Initiating promote operation takeover-drbd_promote_0 on node1 | action 18')
    expect(output).not.toContain('Node x')
    expect(output).not.toContain('set_instance_role')
  })

  test('reads rotated logs, too, the oldest first', () => {
    const half = LOG.length / 2
    const begin = LOG.indexOf('\n', half) + 1
    const output = printed({
      'pacemaker.log-20261128.gz': gzipSync(LOG.slice(0, begin)),
      'pacemaker.log': LOG.slice(begin),
    })
    expect(linesIn(output)).toBe(linesIn(printed({ 'pacemaker.log': LOG })))
  })

  test.each([
    'PCMK_logfile=DIRECTORY/pacemaker/other',
    'PCMK_debug=no\nPCMK_logfile="DIRECTORY/pacemaker/other"',
  ])('reads the log that Pacemaker is set to write: %s', setting => {
    const output = printed({ other: LOG }, `# PCMK_logfile=/none\n${setting}\n`)
    expect(output).toContain('== log\nDIRECTORY/pacemaker/other\n== missing\n')
    expect(output).toContain(FIRST.slice(0, 60))
  })

  test('reports a missing log', () => {
    expect(printed({})).toContain('== missing\nmissing\n')
  })

  test('prints a bounded part of huge lines and files', () => {
    const line = `Nov 29 16:20:00.000 n pacemaker-controld  [1] (f) \tnotice: Node ${'x'.repeat(10_000)} state is now lost\n`
    const output = printed({ 'pacemaker.log': line.repeat(5000) })
    expect(output.length).toBeLessThan(2_100_000)
  })

  const linesIn = (output: string) => output.slice(output.indexOf('== lines'), output.indexOf('== sessions'))
})
