import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { histogram } from '../../bench/histogram.ts'
import { machine, median, table } from '../../bench/results.ts'
import { root } from '../../build/root.ts'
import type { Recorded } from './round.ts'

/* Writes the results of campaigns, dist/faults/SEED.jsonl, into docs/reliability.md: node test/faults/page.ts FILES. */

const PAGE = join(root, 'docs/reliability.md')
const [BEGIN, END] = ['<!-- written by test/faults/page.ts -->\n', '<!-- end -->\n']

const rounds = process.argv.slice(2).flatMap(recordsIn)
if (rounds.length === 0) throw new Error('usage: node test/faults/page.ts dist/faults/SEED.jsonl …')
const page = readFileSync(PAGE, 'utf8')
const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)]
if (from < 0 || to < from) throw new Error(`${PAGE} has no place for the results`)
const pauses = rounds.flatMap(one => one.pauses)
const panel = { label: '', series: [{ name: 'writers', pauses }] }
writeFileSync(join(root, 'docs/figures/pauses.svg'), histogram(`How long ${pauses.length} writers paused`, [panel]))
writeFileSync(PAGE, page.slice(0, from) + BEGIN + results() + page.slice(to))

function recordsIn(file: string): Recorded[] {
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  return lines.map((line): Recorded => JSON.parse(line))
}

function results(): string {
  const campaigns = [...new Set(rounds.map(({ seed, nodes }) => `${nodes} nodes, seed ${seed}`))]
  const counts = campaigns.map(
    name => `${name}: ${rounds.filter(one => `${one.nodes} nodes, seed ${one.seed}` === name).length} faults`,
  )
  const records = sum(rounds.map(one => one.records))
  const samples = sum(rounds.map(one => one.samples))
  return `${machine()} **Emulated** nodes with Debian 12. ${counts.join('; ')}.
${records} records acknowledged, ${sum(rounds.map(({ lost }) => lost))} lost. All nodes were asked ${samples} times what they are active in.
${inContainers(rounds.flatMap(one => one.containerPauses))}

![How long the writers paused](figures/pauses.svg)

${table(['fault', 'times', 'pause, median', 'longest', 'lost', 'with findings'], rows())}
`
}

function inContainers(pauses: readonly number[]): string {
  if (pauses.length === 0) return 'There was no container.'
  const [typical, longest] = [median(pauses), Math.max(...pauses)].map(seconds => seconds.toFixed(1))
  return `The writer in the container, where that had to run through: its longest pause in a round was ${typical} s (median), ${longest} s at most.`
}

function rows(): string[][] {
  const faults = [...new Set(rounds.map(({ fault }) => fault))].toSorted()
  return faults.map(fault => {
    const found = rounds.filter(one => one.fault === fault)
    const own = found.flatMap(one => one.pauses)
    const seconds = (value: number) => (own.length === 0 ? '–' : `${value.toFixed(1)} s`)
    return [
      ...[fault, String(found.length), seconds(median(own)), seconds(Math.max(...own))],
      ...[
        String(sum(found.map(({ lost }) => lost))),
        String(found.filter(({ findings }) => findings.length > 0).length),
      ],
    ]
  })
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}
