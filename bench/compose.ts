import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, release, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { addressAllocator, minorAllocator } from '../cloud/allocate/numbers.ts'
import { createPlacer } from '../cloud/allocate/placement.ts'
import type { Candidate } from '../cloud/allocate/room.ts'
import { planChanges } from '../cloud/change/plan.ts'
import { createPatch } from '../cloud/cib/cloud-patches.ts'
import { readCluster } from '../cloud/cib/read/cluster.ts'
import type { Cloud } from '../cloud/cloud.ts'
import { constraintElements, resourceElements } from '../cloud/compose/cib-xml.ts'
import { compose } from '../cloud/compose/compose.ts'
import { readFile } from '../cloud/file/read-file.ts'
import { targetName } from '../cloud/names.ts'
import { EMPTY_CONTEXT } from '../cloud/resolve/context.ts'
import { resolve } from '../cloud/resolve/resolve.ts'
import { parseAddressRange } from '../cloud/subnets.ts'
import { child, element, parseXml, printXml } from '../cloud/xml.ts'
import { inFullOperation } from '../test/unit/cloud/scheduler/clusters.ts'
import { lose, newCluster } from '../test/unit/cloud/scheduler/model.ts'
import { cibOf } from '../test/unit/cloud/scheduler/model-cib.ts'
import { median } from './results.ts'

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
  readonly resolving: number
  readonly placing: number
  readonly composing: number
  readonly patching: number
  readonly reading: number
  readonly comparing: number
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

function candidates(count: number): Candidate[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `node${index + 1}`,
    roles: ['storage', 'vhost'],
    freeBytes: { vhacs: 2 ** 44 + index * 2 ** 30 },
  }))
}

const initiatorOf = (node: string) => `iqn.2004-10.com.debian:${node}`

/** Clouds from only their names: placed, with numbers and addresses. */
function allocated(count: number, nodes: readonly Candidate[]): Cloud[] {
  const requests = Array.from({ length: count }, (_, index) => ({
    name: `cloud${index}`,
    sizeBytes: 2 ** 30,
    volumeGroup: 'vhacs',
    storageNodes: undefined,
    preferredVhosts: undefined,
  }))
  const takeMinor = minorAllocator([])
  const takeAddress = addressAllocator([])
  const placer = createPlacer([])
  return requests.map((request, index) => ({
    ...placer(request, nodes),
    name: `cloud${index}`,
    volumeGroup: 'vhacs',
    minor: takeMinor(),
    address: takeAddress(RANGE),
    prefixLength: RANGE.prefixLength,
    iqn: targetName('bench', `cloud${index}`),
    tpgt: 1,
    initiators: nodes.map(({ name }) => initiatorOf(name)),
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

/** A file with only the required keys. */
function fileOf(count: number, nodes: readonly Candidate[]): string {
  const nodeLines = nodes.map(
    ({ name }) => `  - {name: ${name}, roles: [storage, vhost], initiator: "${initiatorOf(name)}"}\n`,
  )
  const cloudLines = Array.from({ length: count }, (_, index) => `  - {name: cloud${index}, size: 1G}\n`)
  const networks = 'networks: {storage: {addresses: 10.77.0.10-10.77.255.250/16}}'
  return `cluster: bench\n${networks}\nnodes:\n${nodeLines.join('')}clouds:\n${cloudLines.join('')}`
}

/** From the text to fully resolved clouds. */
function resolved(file: string, cluster = EMPTY_CONTEXT.cluster) {
  const { configuration, problems } = readFile(file)
  if (!configuration) throw new Error(`the file cannot be read: ${problems[0]?.message}`)
  const resolution = resolve(configuration, { ...EMPTY_CONTEXT, cluster })
  const [wrong] = [...problems, ...resolution.problems]
  if (wrong) throw new Error(wrong.message)
  return { configuration, clouds: resolution.clouds }
}

/** The work of comparing a file with a CIB that contains its clouds. */
function comparison(file: string, cib: string): () => unknown {
  const cluster = readCluster(cib)
  const section = child(parseXml(cib), 'configuration')
  if (!section) throw new Error('the CIB has no configuration')
  return () => {
    const { configuration, clouds } = resolved(file, cluster)
    return planChanges(section, cluster, configuration, { clouds })
  }
}

function row(count: number, nodeCount: number): Row {
  const nodes = candidates(nodeCount)
  const clouds = allocated(count, nodes)
  const roles = Object.fromEntries(nodes.map(({ name }) => [name, 'sv'] as const))
  const running = inFullOperation(newCluster(roles, clouds))
  const cib = cibOf(running)
  const file = fileOf(count, nodes)
  return {
    clouds: count,
    nodes: nodeCount,
    resolving: medianSeconds(() => resolved(file)),
    placing: medianSeconds(() => allocated(count, nodes)),
    composing: medianSeconds(() => configurationOf(clouds)),
    patching: medianSeconds(() => clouds.map(createPatch)),
    reading: medianSeconds(() => readCluster(cib)),
    comparing: medianSeconds(comparison(file, cib)),
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

const HEAD = [
  ...['clouds', 'nodes', 'file', 'place', 'compose', 'patches', 'read back', 'compare', 'scheduler'],
  ...['configuration', 'whole CIB'],
]

function cellsOf({ clouds, nodes, configurationBytes, cibBytes, ...seconds }: Row): string[] {
  const { resolving, placing, composing, patching, reading, comparing, scheduling } = seconds
  const times = [resolving, placing, composing, patching, reading, comparing, scheduling].map(
    time => `${time.toFixed(3)} s`,
  )
  const sizes = [configurationBytes, cibBytes].map(bytes => `${(bytes / 2 ** 20).toFixed(2)} MiB`)
  return [String(clouds), String(nodes), ...times, ...sizes]
}

const { stdout } = process
stdout.write(`${availableParallelism()} × ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GiB, `)
stdout.write(`Linux ${release()}, Node ${process.version}; CPU seconds, medians of ${RUNS} runs\n\n`)
stdout.write(line(HEAD) + line(HEAD.map(() => '---:')))
for (const nodes of NODES) for (const clouds of CLOUDS) stdout.write(line(cellsOf(row(clouds, nodes))))
