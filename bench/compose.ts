import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, release, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { addressesBeside, minorsBeside } from '../cloud/allocate.ts'
import { parseAddressRange } from '../cloud/addresses.ts'
import type { Cloud } from '../cloud/cloud.ts'
import { constraintElements, resourceElements } from '../cloud/cib-xml.ts'
import { compose } from '../cloud/compose.ts'
import { targetName } from '../cloud/names.ts'
import { createPatch } from '../cloud/patch.ts'
import { type Candidate, place } from '../cloud/place.ts'
import { readCib } from '../cloud/read-cib.ts'
import { element, printXml } from '../cloud/xml.ts'
import { inFullOperation } from '../test/unit/cloud/scheduler/clusters.ts'
import { lose, newCluster } from '../test/unit/cloud/scheduler/model.ts'
import { cibOf } from '../test/unit/cloud/scheduler/model-cib.ts'

/*
 * What hundreds of clouds cost: CPU seconds of our own work, and of Pacemaker's scheduler after the loss of a node. Prints a
 * table for docs/benchmark.md.
 */

const CLOUDS = [32, 128, 512]
const NODES = [2, 8, 16]
const RUNS = Number(process.env.RUNS ?? 5)
const RANGE = parseAddressRange('10.77.0.10-10.77.255.250/16')

interface Row {
  readonly clouds: number
  readonly nodes: number
  /** CPU seconds. */
  readonly placing: number
  readonly composing: number
  readonly patching: number
  readonly reading: number
  readonly scheduling: number
  readonly configurationBytes: number
  readonly cibBytes: number
}

/** The median of the CPU seconds that the work takes, the first run apart: it compiles. */
function medianSeconds(work: () => unknown): number {
  const measured = Array.from({ length: RUNS + 1 }, () => {
    const before = process.cpuUsage()
    work()
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1e6
  })
  return median(measured.slice(1))
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? Number.NaN
}

function candidates(count: number): Candidate[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `node${index + 1}`,
    roles: ['storage', 'vhost'],
    freeBytes: { vhacs: 2 ** 44 + index * 2 ** 30 },
  }))
}

/** Clouds from nothing but their names: placed, and given numbers and addresses. */
function allocated(count: number, nodes: readonly Candidate[]): Cloud[] {
  const wishes = Array.from({ length: count }, (_, index) => ({
    name: `cloud${index}`,
    sizeBytes: 2 ** 30,
    volumeGroup: 'vhacs',
    storageNodes: undefined,
    preferredVhosts: undefined,
  }))
  const takeMinor = minorsBeside([])
  const takeAddress = addressesBeside([])
  return place(wishes, nodes).map((placement, index) => ({
    ...placement,
    name: `cloud${index}`,
    volumeGroup: 'vhacs',
    minor: takeMinor(),
    address: takeAddress(RANGE),
    prefixLength: RANGE.prefixLength,
    iqn: targetName('bench', `cloud${index}`),
    tpgt: 1,
    initiators: nodes.map(({ name }) => `iqn.2004-10.com.debian:${name}`),
    chap: undefined,
    directory: `/clouds/cloud${index}`,
    mountOptions: '',
    state: 'active',
  }))
}

/** The sections of a CIB that the composer writes, as text. */
function configurationOf(clouds: readonly Cloud[]): string {
  const compositions = clouds.map(compose)
  return printXml(
    element('configuration', {}, [
      element('resources', {}, compositions.flatMap(resourceElements)),
      element('constraints', {}, compositions.flatMap(constraintElements)),
    ]),
  )
}

function row(count: number, nodeCount: number): Row {
  const nodes = candidates(nodeCount)
  const clouds = allocated(count, nodes)
  const roles = Object.fromEntries(nodes.map(({ name }) => [name, 'sv'] as const))
  const running = inFullOperation(newCluster(roles, clouds))
  const cib = cibOf(running)
  return {
    clouds: count,
    nodes: nodeCount,
    placing: medianSeconds(() => allocated(count, nodes)),
    composing: medianSeconds(() => configurationOf(clouds)),
    patching: medianSeconds(() => clouds.map(createPatch)),
    reading: medianSeconds(() => readCib(cib)),
    scheduling: schedulerSeconds(cibOf(lose(running, 'node1'))),
    configurationBytes: configurationOf(clouds).length,
    cibBytes: cib.length,
  }
}

/** CPU seconds of crm_simulate for one decision. Once: it takes seconds, and varies little. */
function schedulerSeconds(cib: string): number {
  const directory = mkdtempSync(join(tmpdir(), 'vhacs-bench-'))
  try {
    const file = join(directory, 'cib.xml')
    writeFileSync(file, cib)
    const script = 'crm_simulate --xml-file "$0" --run --quiet > /dev/null 2>&1; times'
    const { stdout } = spawnSync('bash', ['-c', script, file], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C' },
    })
    // the second line is that of the children: 0m1.234s 0m0.056s
    const [, user = '', system = ''] = /\n\s*(\S+)\s+(\S+)\s*$/.exec(stdout) ?? []
    return secondsIn(user) + secondsIn(system)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

function secondsIn(text: string): number {
  const [, minutes = '', seconds = ''] = /^(\d+)m([\d.]+)s$/.exec(text) ?? []
  return Number(minutes) * 60 + Number(seconds)
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |\n`
}

const HEAD = ['clouds', 'nodes', 'place', 'compose', 'patches', 'read back', 'scheduler', 'configuration', 'whole CIB']

function cellsOf({ clouds, nodes, configurationBytes, cibBytes, ...seconds }: Row): string[] {
  const { placing, composing, patching, reading, scheduling } = seconds
  const times = [placing, composing, patching, reading, scheduling].map(time => `${time.toFixed(3)} s`)
  const sizes = [configurationBytes, cibBytes].map(bytes => `${(bytes / 2 ** 20).toFixed(2)} MiB`)
  return [String(clouds), String(nodes), ...times, ...sizes]
}

const { stdout } = process
stdout.write(`${availableParallelism()} × ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GiB, `)
stdout.write(`Linux ${release()}, Node ${process.version}; CPU seconds, medians of ${RUNS} runs\n\n`)
stdout.write(line(HEAD) + line(HEAD.map(() => '---:')))
for (const nodes of NODES) for (const clouds of CLOUDS) stdout.write(line(cellsOf(row(clouds, nodes))))
