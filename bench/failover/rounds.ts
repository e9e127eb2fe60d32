import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseSections } from '../../cli/cluster/examine/examination.ts'
import { nodeLog } from '../../cli/cluster/history/node-log.ts'
import type { Interruption, What } from '../../cloud/history/interruption.ts'
import { interruptionsIn } from '../../cloud/history/interruptions.ts'
import type { Tracked } from '../../cloud/history/parts.ts'

/** An interruption that was made, as the writer and the cluster's log tell of it. */
export interface Round {
  readonly kind: 'failover' | 'move'
  /** Seconds from the power cut or the command to the end of each step; the last is the writer's first record afterwards. */
  readonly steps: readonly Step[]
  /** Whether the mount was stopped and started for it. */
  readonly isRemounted: boolean
  /** How often the writer got an error. */
  readonly errors: number
}

export interface Step {
  readonly what: string
  readonly end: number
}

/** The node whose log is read. */
const CLIENT = 'node2'

/** The steps of each kind: the name, and the moments of the log of which the last one ends it. */
const STEPS: Readonly<Record<Round['kind'], readonly (readonly [string, readonly What[]])[]>> = {
  failover: [
    ['the node is lost', ['nodeLost']],
    ['it is fenced', ['fenced']],
    ['DRBD is promoted', ['promoted']],
    ['target and address are up', ['targetUp', 'addressUp']],
  ],
  move: [
    ['DRBD is demoted', ['demoted']],
    ['DRBD is promoted', ['promoted']],
    ['target and address are up', ['targetUp', 'addressUp']],
  ],
}

const LAST_STEP = 'the writer goes on'

interface Mark {
  readonly kind: Round['kind']
  /** Seconds since the epoch. */
  readonly at: number
  /** When the next one was made. */
  readonly end: number
}

/** The rounds that were recorded of a composition. @throws Error if the log or the writer's output lacks one. */
export function roundsOf(directory: string, composition: string): Round[] {
  const read = (kind: string) => readFileSync(join(directory, `${composition}.${kind}`), 'utf8')
  const lines = read('acknowledged').split('\n')
  const written = lines.filter(line => /^\d+ [\d.]+$/.test(line)).map(line => Number(line.split(' ')[1]))
  const storage = composition === 'stock' ? 'stock' : 'bench'
  const { events } = nodeLog({ node: CLIENT, sections: parseSections(read('log')), ...SAME_CLOCK })
  const tracked: Tracked = { name: storage, iqn: iqnIn(read('log'), storage), storageNodes: ['node1', CLIENT] }
  const found = interruptionsIn(events, [tracked])
  return marksIn(read('marks')).map(mark => roundOf(mark, { written, found, errors: errorsIn(lines, mark) }))
}

const SAME_CLOCK = { clockLeadSeconds: 0, clockDoubtSeconds: 0 }

function iqnIn(log: string, storage: string): string {
  return log.split(/\s/).find(word => word.startsWith('iqn.') && word.endsWith(`:${storage}`)) ?? ''
}

function marksIn(text: string): Mark[] {
  const marks = text.trim().split('\n')
  return marks.map((line, index) => {
    const [kind, at] = line.split(' ')
    const next = marks[index + 1]?.split(' ')[1]
    return {
      kind: kind === 'move' ? 'move' : 'failover',
      at: Number(at),
      end: next === undefined ? Infinity : Number(next),
    }
  })
}

/** The errors that follow the last record before the end of a mark's time. */
function errorsIn(lines: readonly string[], { at, end }: Mark): number {
  let last = 0
  let count = 0
  for (const line of lines) {
    const written = /^\d+ ([\d.]+)$/.exec(line)
    if (written) last = Number(written[1])
    else if (line.startsWith('ERROR') && last >= at - 1 && last < end) count += 1
  }
  return count
}

function roundOf(
  { kind, at, end }: Mark,
  {
    written,
    found,
    errors,
  }: { readonly written: readonly number[]; readonly found: readonly Interruption[]; readonly errors: number },
): Round {
  const moments = found
    .flatMap(one => one.moments)
    .filter(moment => moment.at / 1000 >= at - 1 && moment.at / 1000 < end)
  const [, to] = longestPause(written.filter(time => time >= at - 1 && time < end))
  const steps = STEPS[kind].map(([what, ends]) => {
    const last = moments.filter(moment => ends.includes(moment.what) && moment.at / 1000 <= to).at(-1)
    if (last === undefined)
      throw new Error(`the log lacks "${what}" of the ${kind} at ${new Date(at * 1000).toISOString()}`)
    return { what, end: last.at / 1000 - at }
  })
  return {
    ...{ kind, errors, steps: [...steps, { what: LAST_STEP, end: to - at }] },
    isRemounted: moments.some(({ what }) => what === 'mounted'),
  }
}

/** The two records between which the writer waited longest. */
function longestPause(written: readonly number[]): readonly [number, number] {
  let longest: readonly [number, number] = [0, 0]
  for (const [index, time] of written.entries()) {
    const before = written[index - 1]
    if (before !== undefined && time - before > longest[1] - longest[0]) longest = [before, time]
  }
  if (longest[1] === 0) throw new Error('the writer has written nothing')
  return longest
}
