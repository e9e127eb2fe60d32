import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../build/root.ts'
import { errorText } from '../../system/error-text.ts'
import { histogram } from '../histogram.ts'
import { machine, median, table, writeResults } from '../results.ts'
import { KINDS, type Kind, type Stall, stallsOf } from './stalls.ts'

/* Makes the table and the histogram of containers' stalls in docs/benchmark.md from the rounds that bench/vservers has kept in a directory. */

const NAMES = { ours: 'VHACS', stock: 'stock agents' } as const
type Composition = keyof typeof NAMES
const COMPOSITIONS = ['ours', 'stock'] as const

const LABELS: Readonly<Record<Kind, string>> = {
  'target-killed': 'the exporting node loses its power',
  'target-moved': 'an operator moves the export',
  'container-killed': "the container's node loses its power",
  'container-moved': 'an operator moves the container, with its mount',
}

const [directory = ''] = process.argv.slice(2)
const measured = new Map(COMPOSITIONS.map(composition => [composition, roundsOf(composition)]))

if ([...measured.values()].every(stalls => stalls.length === 0)) {
  process.stdout.write('No round has been measured.\n')
} else {
  const title = 'How long a writer in a container stood still'
  writeFileSync(
    join(root, 'docs/figures/stalls.svg'),
    histogram(
      title,
      KINDS.map(kind => ({
        label: LABELS[kind],
        series: COMPOSITIONS.map(composition => ({
          name: NAMES[composition],
          pauses: secondsOf(stallsAt(composition, kind)),
        })),
      })),
    ),
  )
  writeResults(
    'vservers',
    `${machine()} **Emulated** nodes with Debian 12; seconds from the last record before to the first one after.

${table(['', 'rounds', 'median', 'shortest', 'longest', 'container started again', 'never went on'], rows())}
![${title}](figures/stalls.svg)
`,
  )
}

function roundsOf(composition: Composition): Stall[] {
  const rounds = readdirSync(directory).filter(name => name.startsWith(`${composition}-`))
  return rounds.toSorted().flatMap(name => {
    try {
      return stallsOf(join(directory, name))
    } catch (error) {
      process.stderr.write(`${name} is left out: ${errorText(error)}\n`)
      return []
    }
  })
}

function stallsAt(composition: Composition, kind: Kind): Stall[] {
  return (measured.get(composition) ?? []).filter(stall => stall.kind === kind)
}

function secondsOf(stalls: readonly Stall[]): number[] {
  return stalls.flatMap(({ seconds }) => (seconds === undefined ? [] : [seconds]))
}

function rows(): string[][] {
  return KINDS.flatMap(kind =>
    COMPOSITIONS.flatMap(composition => {
      const stalls = stallsAt(composition, kind)
      if (stalls.length === 0) return []
      const seconds = secondsOf(stalls)
      const text = (value: number) => (seconds.length === 0 ? '–' : value.toFixed(1))
      return [
        [
          ...[`${LABELS[kind]}: ${NAMES[composition]}`, String(stalls.length)],
          ...[median(seconds), Math.min(...seconds), Math.max(...seconds)].map(text),
          ...[String(stalls.filter(({ starts }) => starts > 0).length), String(stalls.length - seconds.length)],
        ],
      ]
    }),
  )
}
