import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What is done to a container in a round, in this order. */
export const KINDS = ['target-killed', 'target-moved', 'container-killed', 'container-moved'] as const
export type Kind = (typeof KINDS)[number]

/** What a writer in a container has noticed of an interruption. */
export interface Stall {
  readonly kind: Kind
  /** The longest time between two records; undefined if the writer did not go on. */
  readonly seconds: number | undefined
  /** How often the container was started for it. */
  readonly starts: number
}

interface Mark {
  readonly kind: Kind
  /** Seconds since the epoch, by the clock of the node on which the container ran. */
  readonly at: number
  /** How often the container had been started before. */
  readonly starts: number
  /** Seconds by which the clock of the node on which it ran afterwards was ahead. */
  readonly lead: number
}

interface Entry {
  /** Of how many starts of the container. */
  readonly start: number
  readonly time: number
}

/** The stalls of a round that bench/vservers has kept in a directory. @throws Error if the records do not show them. */
export function stallsOf(directory: string): Stall[] {
  const read = (name: string) => readFileSync(join(directory, name), 'utf8')
  const marks = read('marks')
  return isUnfinished(marks) ? stallsIn(marks, '') : stallsIn(marks, read('records'))
}

/** The same, of the marks and the records. Of a round in which the writer did not go on, only that is known. */
export function stallsIn(marks: string, records: string): Stall[] {
  const lines = marks.trim().split('\n')
  const known = lines.filter(line => line !== NEVER).map(parseMark)
  if (isUnfinished(marks)) return known.slice(-1).map(({ kind }) => ({ kind, seconds: undefined, starts: 0 }))
  const entries = parseEntries(records)
  return known.map((mark, index) => stallAt(mark, known[index + 1], entries))
}

const NEVER = 'never'

function isUnfinished(marks: string): boolean {
  return marks.trim().split('\n').at(-1) === NEVER
}

function parseMark(line: string): Mark {
  const [name, ...numbers] = line.split(' ')
  const kind = KINDS.find(one => one === name)
  const [at = Number.NaN, starts = Number.NaN, lead = Number.NaN] = numbers.map(Number)
  if (kind === undefined || ![at, starts, lead].every(Number.isFinite)) throw new Error(`no mark: ${line}`)
  return { kind, at, starts, lead }
}

/** In their order. A line that was being written when the node died is not one. */
function parseEntries(records: string): Entry[] {
  const found = [...records.matchAll(/^(\d+) (\d{1,11}\.\d{3})$/gm)]
  const entries = found.map(([, start, time]) => ({ start: Number(start), time: Number(time) }))
  return entries.toSorted((one, other) => one.start - other.start)
}

function stallAt(mark: Mark, next: Mark | undefined, entries: readonly Entry[]): Stall {
  const { kind, at, starts, lead } = mark
  const end = next === undefined ? Infinity : next.at - lead
  const own = entries
    .map(({ start, time }) => ({ start, time: time - (start > starts ? lead : 0) }))
    .filter(({ time }) => time >= at - 1 && time < end)
  const pauses = own.slice(1).map(({ time }, index) => time - (own[index]?.time ?? time))
  if (pauses.length === 0) throw new Error(`nothing is recorded after ${kind} at ${new Date(at * 1000).toISOString()}`)
  return { kind, seconds: Math.max(...pauses), starts: (own.at(-1)?.start ?? starts) - starts }
}
