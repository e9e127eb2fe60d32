import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../build/root.ts'
import { machine, median, table, writeResults } from '../results.ts'
import { figure, type Lane } from './figure.ts'
import { type Round, roundsOf } from './rounds.ts'

/* Makes the tables of failovers and moves in docs/benchmark.md, and their figure, from what bench/failovers has recorded in a directory. */

const NAMES: Readonly<Record<string, string>> = {
  ours: 'VHACS',
  notify: 'VHACS, with notifications',
  stock: 'stock agents',
}

const TITLES: Readonly<Record<Round['kind'], string>> = {
  failover: 'From the power cut of the exporting node',
  move: "From the operator's command to move the export",
}

const [directory = ''] = process.argv.slice(2)
const measured = Object.keys(NAMES)
  .filter(composition => existsSync(join(directory, `${composition}.marks`)))
  .map(composition => ({ composition, rounds: roundsOf(directory, composition) }))

const kinds = ['failover', 'move'] as const
const texts = kinds.map(kind => `${TITLES[kind]}, in seconds:\n\n${tableOf(kind)}`)
const lanes = kinds.flatMap(kind =>
  measured.map(({ composition, rounds }) => laneOf(composition, ofKind(rounds, kind))),
)
mkdirSync(join(root, 'docs/figures'), { recursive: true })
writeFileSync(
  join(root, 'docs/figures/failovers.svg'),
  figure(
    'Failovers and planned moves on emulated nodes',
    lanes.filter(lane => lane !== undefined),
  ),
)
writeResults(
  'failovers',
  `${machine()} **Emulated** nodes with Debian 12; medians, and of the whole the shortest and the longest.\n\n${texts.join('\n')}\n![Failovers and planned moves, step by step](figures/failovers.svg)\n`,
)

function ofKind(rounds: readonly Round[], kind: Round['kind']): Round[] {
  return rounds.filter(round => round.kind === kind)
}

function tableOf(kind: Round['kind']): string {
  const steps =
    measured
      .flatMap(({ rounds }) => ofKind(rounds, kind))
      .at(0)
      ?.steps.map(({ what }) => what) ?? []
  const fenced = steps.indexOf('it is fenced')
  const head = [
    '',
    'rounds',
    ...steps.map(what => `until ${what}`),
    'whole',
    ...(fenced < 0 ? [] : ['after the fencing']),
  ]
  const rows = measured.map(({ composition, rounds }) => {
    const found = ofKind(rounds, kind)
    const wholes = found.map(wholeOf)
    const after =
      fenced < 0 ? [] : [seconds(median(found.map(round => wholeOf(round) - (round.steps[fenced]?.end ?? 0))))]
    return [
      ...[NAMES[composition] ?? composition, String(found.length)],
      ...steps.map((_, index) => seconds(median(found.map(round => lengthOf(round, index))))),
      ...[`${seconds(median(wholes))} (${seconds(Math.min(...wholes))}–${seconds(Math.max(...wholes))})`, ...after],
    ]
  })
  const remounted = measured.map(({ composition, rounds }) => {
    const found = ofKind(rounds, kind)
    const count = found.filter(({ isRemounted }) => isRemounted).length
    const errors = found.reduce((sum, round) => sum + round.errors, 0)
    return `${NAMES[composition]}: mount restarted in ${count} of ${found.length} rounds, ${errors} errors for the writer`
  })
  return `${table(head, rows)}\n${remounted.join('; ')}.\n`
}

/** The round whose whole time is the median. */
function laneOf(composition: string, rounds: readonly Round[]): Lane | undefined {
  const middle = rounds.toSorted((one, other) => wholeOf(one) - wholeOf(other))[Math.floor(rounds.length / 2)]
  const kind = middle?.kind === 'move' ? 'move' : 'failover'
  return middle && { label: `${kind}, ${NAMES[composition]}`, steps: middle.steps }
}

function wholeOf({ steps }: Round): number {
  return steps.at(-1)?.end ?? Number.NaN
}

function lengthOf({ steps }: Round, index: number): number {
  return (steps[index]?.end ?? Number.NaN) - (steps[index - 1]?.end ?? 0)
}

function seconds(value: number): string {
  return value.toFixed(1)
}
