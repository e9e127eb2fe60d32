import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exposition } from '../cli/metrics/exposition.ts'
import { scrape } from '../cli/metrics/scrape.ts'
import { withHistory } from '../test/fake/cluster/history.ts'
import { metricsNode } from '../test/fake/nodes/metrics-node.ts'
import { cloudOf } from '../test/unit/cloud/scheduler/clusters.ts'
import { machine, median, table, writeResults } from './results.ts'

/*
 * What a scrape of the metrics costs a node that shares storages with another: the start of the executable, crm_mon on a CIB with the
 * history of all resources, and the work of our own. That is measured in a process of its own for each round, because each scrape is
 * one, whose functions are not compiled yet. The node's files are made up, in memory; crm_mon is the real one.
 */

const ROUNDS = Number(process.env.RUNS ?? 5)
const EXECUTABLE = 'dist/vhacs'
const SECTIONS = ['--exclude=all', '--include=dc,nodes,resources,failcounts,failures']

function nodeWith(count: number) {
  const clouds = Array.from({ length: count }, (_, index) => {
    const [first, second] = index % 2 === 0 ? (['node1', 'node2'] as const) : (['node2', 'node1'] as const)
    return cloudOf(index, { storageNodes: [first, second], preferredVhosts: [second, first] })
  })
  return metricsNode(clouds)
}

/** The CPU seconds of a command with those that it waits for, and its output. */
function timed(command: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const script = `TIMEFORMAT='%U %S'; { time "$@" 2>/dev/null; } 2>"$TIMES"`
  const times = join(directory, 'times')
  const env = { PATH: `/usr/sbin:${process.env.PATH}`, TIMES: times, ...environment }
  const { stdout, status } = spawnSync('bash', ['-c', script, 'bash', command, ...args], {
    ...{ encoding: 'utf8', maxBuffer: 2 ** 28, env },
  })
  if (status !== 0) throw new Error(`${command} exited with ${status}`)
  const seconds = readFileSync(times, 'utf8')
    .trim()
    .split(' ')
    .reduce((sum, one) => sum + Number(one), 0)
  return { seconds, output: stdout }
}

const directory = mkdtempSync(join(tmpdir(), 'vhacs-bench-'))

function monitor(count: number) {
  const node = nodeWith(count)
  const cib = join(directory, 'cib.xml')
  writeFileSync(cib, withHistory(node.cib, node.active(node.cib)))
  return timed('crm_mon', ['-1', '--inactive', '--output-as=xml', ...SECTIONS], { CIB_file: cib })
}

/** In this process: the CPU seconds of one scrape, and how many lines it printed. */
async function once(count: number): Promise<void> {
  const node = nodeWith(count)
  const { output } = monitor(count)
  node.system.tools.set('crm_mon', () => ({ status: 0, stdout: output }))
  Object.assign(globalThis, { VHACS_VERSION: '0' })
  // made on demand by the fake, which is no part of the work
  const cib = node.system.read('/var/lib/pacemaker/cib/cib.xml')
  node.system.put('/var/lib/pacemaker/cib/cib.xml', cib)
  const begun = process.cpuUsage()
  const { samples, faults } = await scrape({ ...node.system, now: () => Date.now() })
  const lines = exposition(samples)
  const { user, system } = process.cpuUsage(begun)
  if (faults.length > 0) throw new Error(faults.map(({ why }) => why).join('; '))
  process.stdout.write(JSON.stringify({ seconds: (user + system) / 1e6, lines: lines.length }))
}

function row(count: number): string[] {
  const rounds = Array.from({ length: ROUNDS }, () => {
    const own = spawnSync(process.execPath, [import.meta.filename, String(count)], { encoding: 'utf8' })
    const { seconds, lines }: { seconds: number; lines: number } = JSON.parse(own.stdout)
    const start = timed(EXECUTABLE, ['--version']).seconds
    return { seconds, lines, start, crmMon: monitor(count).seconds }
  })
  const of = (name: 'seconds' | 'start' | 'crmMon') => median(rounds.map(round => round[name]))
  const parts = [of('start'), of('crmMon'), of('seconds')]
  const sum = parts.reduce((all, one) => all + one, 0)
  return [
    String(count),
    String(rounds[0]?.lines),
    ...[...parts, sum].map(seconds => `${(seconds * 1000).toFixed(0)} ms`),
  ]
}

if (process.argv[2] !== undefined) await once(Number(process.argv[2]))
else {
  const rows = [1, 32, 128].map(row)
  const head = ['storages', 'lines', 'start of the executable', 'crm_mon', 'reading and printing', 'all']
  writeResults('metrics', `${machine()} Processor time; medians of ${ROUNDS} rounds.\n\n${table(head, rows)}`)
}
rmSync(directory, { recursive: true })
