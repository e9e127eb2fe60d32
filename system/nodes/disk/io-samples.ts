import { excerpt } from '../answer.ts'

/** What was seen of a disk during a watch. All times are in seconds; those of changes since its begin. */
export interface IoWatch {
  /**
   * The longest time in which the disk completed nothing, although a read of it was always under way or about to be. Not shorter than the
   * wait of any I/O then.
   */
  readonly pauseSeconds: number
  /** The states of session, connection and disk, from the first on. */
  readonly changes: readonly IoState[]
  /** How many reads failed. */
  readonly errors: number
}

interface IoState {
  readonly afterSeconds: number
  /** Such as `LOGGED_IN` or `FAILED`. */
  readonly session: string
  /** Such as `up`; `unknown` from a kernel that does not show it. */
  readonly connection: string
  /** Such as `running`, `blocked` or `transport-offline`. */
  readonly disk: string
}

interface Sample extends Omit<IoState, 'afterSeconds'> {
  readonly at: number
  readonly completed: number
}

/** @throws RangeError for text of another form, or that is cut off. */
export function parseIoWatch(text: string): IoWatch {
  const lines = text.split('\n').filter(Boolean)
  const [, end] = /^(\d+\.\d+) end$/.exec(lines.at(-1) ?? '') ?? []
  const others = lines.slice(0, -1)
  const errors = others.filter(line => /^\d+\.\d+ error$/.test(line))
  const [first, ...more] = others.flatMap(sampleIn)
  const odd = others.find(line => !errors.includes(line) && sampleIn(line).length === 0)
  if (end === undefined || first === undefined || odd !== undefined)
    throw new RangeError(`expected the watch of a disk, to its end, got ${excerpt(odd ?? lines.at(-1) ?? '')}`)
  const samples = [first, ...more] as const
  return {
    pauseSeconds: pauseIn(samples, Number(end)),
    changes: changesIn(samples, first.at),
    errors: errors.length,
  }
}

function sampleIn(line: string): Sample[] {
  const [, at, session, connection, disk, completed] = /^(\d+\.\d+) (\S+) (\S+) (\S+) (\d+)$/.exec(line) ?? []
  if (session === undefined || connection === undefined || disk === undefined) return []
  return [{ at: Number(at), session, connection, disk, completed: Number(completed) }]
}

function pauseIn([first, ...others]: readonly [Sample, ...Sample[]], end: number): number {
  const pauses = others.reduce(
    ({ last, completed, longest }, sample) =>
      sample.completed > completed
        ? { last: sample.at, completed: sample.completed, longest: Math.max(longest, sample.at - last) }
        : { last, completed: sample.completed, longest },
    { last: first.at, completed: first.completed, longest: 0 },
  )
  return Math.max(pauses.longest, end - pauses.last)
}

function changesIn(samples: readonly Sample[], begin: number): IoState[] {
  const isSame = (one: Sample, other: Sample | undefined) =>
    one.session === other?.session && one.connection === other.connection && one.disk === other.disk
  return samples
    .filter((sample, index) => !isSame(sample, samples[index - 1]))
    .map(({ at, session, connection, disk }) => ({ afterSeconds: at - begin, session, connection, disk }))
}
