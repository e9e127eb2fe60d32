import { readFileSync } from 'node:fs'
import { compose } from '../cloud/compose/compose.ts'
import { cloudOf } from '../test/unit/cloud/scheduler/clusters.ts'
import { machine, median, table, writeResults } from './results.ts'

/*
 * Makes tables of what monitors.py has measured on a node, from standard input: monitors of each layer of a running storage by our
 * agent and by the stock one, the sum of a cloud, and starts and stops.
 */

interface Run {
  /** Milliseconds, with those of the children. */
  readonly wall: number
  readonly cpu: number
  /** Started, the monitor's own among them. */
  readonly processes: number
  /** The largest of one process, in KiB. */
  readonly memory: number
  readonly status: number
}

interface Measured {
  readonly layer: string
  readonly agent: string
  readonly isStock: boolean
  readonly runs: readonly Run[]
}

/** What a monitor of this layer costs; a layer may have two agents. */
interface Cost {
  readonly cpu: number
  readonly wall: number
  readonly processes: number
  readonly memory: number
}

const HEALTHY = [0, 8]

function costOf({ layer, agent, runs }: Measured): Cost {
  const failed = runs.find(({ status }) => !HEALTHY.includes(status))
  if (failed !== undefined) throw new Error(`${layer}: ${agent} has answered ${failed.status}`)
  const of = (field: keyof Run) => median(runs.map(run => run[field]))
  return { cpu: of('cpu'), wall: of('wall'), processes: of('processes'), memory: of('memory') }
}

function sumOf(costs: readonly Cost[]): Cost {
  const sum = (field: keyof Cost) => costs.reduce((all, cost) => all + cost[field], 0)
  const memory = Math.max(...costs.map(cost => cost.memory))
  return { cpu: sum('cpu'), wall: sum('wall'), processes: sum('processes'), memory }
}

function rowOf(layer: string, ours: Cost, stock: Cost): string[] {
  return [
    ...[layer, `${ours.cpu.toFixed(0)} ms`, `${stock.cpu.toFixed(0)} ms`, (ours.cpu / stock.cpu).toFixed(2)],
    ...[`${ours.wall.toFixed(0)} ms`, `${stock.wall.toFixed(0)} ms`, String(ours.processes), String(stock.processes)],
    ...[`${Math.round(ours.memory / 1024)} MiB`, `${Math.round(stock.memory / 1024)} MiB`],
  ]
}

const HEAD = [
  ...['layer', 'processor time', 'stock', 'ratio', 'wall time', 'stock'],
  ...['processes', 'stock', 'largest process', 'stock'],
]

/** The layers by the agent that composed clouds have for them. */
const LAYER_OF: Readonly<Record<string, string>> = {
  'lvm-volume': 'LVM volume',
  'drbd-cloud': 'DRBD, promoted',
  'lio-iblock': 'target with LUN',
  IPaddr2: 'address',
  'iscsi-mount': 'session',
  'ext3-filesystem': 'mount',
}

/** Monitors per minute of each layer on one of two nodes that share that many clouds evenly, in both roles. */
function monitorsPerMinute(clouds: number): Map<string, number> {
  const primitives = Array.from(
    { length: clouds },
    (_, index) => compose(cloudOf(index, { storageNodes: ['node1', 'node2'], preferredVhosts: ['node1'] })).resources,
  )
    .flat()
    .flatMap(part => (part.kind === 'clone' ? [part.primitive] : part.primitives))
  const counts = new Map<string, number>()
  for (const { type, operations } of primitives) {
    const layer = LAYER_OF[type] ?? type
    // a clone of volumes runs on both nodes; of all else, one of the two nodes runs one
    const share = type === 'lvm-volume' ? 1 : 0.5
    const recurring = operations.filter(({ name, intervalMs }) => name === 'monitor' && intervalMs > 0)
    const count = recurring.reduce((sum, { intervalMs }) => sum + (share * 60_000) / intervalMs, 0)
    counts.set(layer, (counts.get(layer) ?? 0) + count)
  }
  return counts
}

const CLOUDS = 32

/** What the monitors of a node take in a minute, in seconds of processor time. */
function budget(): string {
  const counts = monitorsPerMinute(CLOUDS)
  const seconds = (cost: 'ours' | 'stock') =>
    layers.reduce((sum, layer) => sum + ((counts.get(layer.layer) ?? 0) * layer[cost].cpu) / 1000, 0)
  const total = [...counts.values()].reduce((sum, one) => sum + one, 0)
  return `Computed from that: a node that shares ${CLOUDS} clouds with another, in both roles, runs ${(total / 60).toFixed(1)} monitors a second, \
which take ${seconds('ours').toFixed(0)} s of processor time in a minute; stock agents would take ${seconds('stock').toFixed(0)} s. A side of DRBD that is not promoted \
counts as one that is.\n`
}

/** A row for each layer, or action of it. */
function costsOf(measured: readonly Measured[]) {
  return [...new Set(measured.map(({ layer }) => layer))].map(layer => {
    const agents = (isStock: boolean) => measured.filter(one => one.layer === layer && one.isStock === isStock)
    return { layer, ours: sumOf(agents(false).map(costOf)), stock: sumOf(agents(true).map(costOf)) }
  })
}

const { monitors, actions }: Record<'monitors' | 'actions', readonly Measured[]> = JSON.parse(readFileSync(0, 'utf8'))
const layers = costsOf(monitors)
const rows = layers.map(({ layer, ours, stock }) => rowOf(layer, ours, stock))
const all = rowOf('all of a cloud', sumOf(layers.map(({ ours }) => ours)), sumOf(layers.map(({ stock }) => stock)))
const changes = costsOf(actions).map(({ layer, ours, stock }) => rowOf(layer, ours, stock))
const rounds = (measured: readonly Measured[]) => `medians of ${measured[0]?.runs.length} rounds`
writeResults(
  'monitors',
  `${machine()} **Emulated** nodes with Debian 12; ${rounds(monitors)}.\n\n${table(HEAD, [...rows, all])}\n${budget()}
Starts and stops of a volume of its own, ${rounds(actions)}:\n\n${table(HEAD, changes)}`,
)
