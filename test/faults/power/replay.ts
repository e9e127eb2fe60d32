import { closeSync, copyFileSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { root } from '../../../build/root.ts'
import { entriesIn, type Write } from './log-writes.ts'

/* Replays a log on a copy of the disk, and looks at each moment at which a power loss would have left exactly that on it. */

export const RECORDS = join(root, 'test/lab/guest/records')

export interface Replayed {
  /** How many moments were looked at. */
  readonly moments: number
  /** The last record that was acknowledged before one of them. */
  readonly acknowledged: number
  readonly findings: readonly string[]
}

export interface Recording {
  readonly log: string
  /** The disk as it was when the log began; it is changed. */
  readonly disk: string
  /** The file of records in its file system. */
  readonly file: string
  /** Every so many moments one is looked at. */
  readonly every: number
}

/** How many findings end the replay: what follows would be the same. */
const ENOUGH = 5

/** Marks in the log are `ack N`: record N was acknowledged before. @throws Error if the log cannot be read. */
export async function replay({ log, disk, file, every }: Recording): Promise<Replayed> {
  const findings: string[] = []
  let [acknowledged, durable, moments] = [0, 0, 0]
  const source = openSync(log, 'r')
  const target = openSync(disk, 'r+')
  try {
    for (const { number, isDurable, mark, write } of entriesIn(source)) {
      if (write !== undefined) apply(target, write)
      acknowledged = numberIn(mark) ?? acknowledged
      if (!isDurable) continue
      durable += 1
      if (durable % every !== 0) continue
      moments += 1
      const finding = await findingAt(disk, file, acknowledged)
      if (finding !== undefined) findings.push(`after entry ${number}: ${finding}`)
      if (findings.length === ENOUGH) break
    }
  } finally {
    closeSync(source)
    closeSync(target)
  }
  return { moments, acknowledged, findings }
}

function apply(target: number, { at, data, length }: Write): void {
  writeSync(target, data ?? Buffer.alloc(length), 0, length, at)
}

function numberIn(mark: string | undefined): number | undefined {
  const [, number] = /^ack (\d+)$/.exec(mark ?? '') ?? []
  return number === undefined ? undefined : Number(number)
}

/** What is wrong with the disk after its journal has been replayed, or with the records that must be on it. */
async function findingAt(disk: string, file: string, acknowledged: number): Promise<string | undefined> {
  const copy = `${disk}.copy`
  copyFileSync(disk, copy)
  const options = { reject: false, stdin: 'ignore' } as const
  await execa('e2fsck', ['-E', 'journal_only', '-y', copy], options)
  const check = await execa('e2fsck', ['-fn', copy], options)
  if (check.exitCode !== 0) return `e2fsck: ${check.stdout}`
  const dumped = `${disk}.records`
  rmSync(dumped, { force: true })
  await execa('debugfs', ['-R', `dump ${file} ${dumped}`, copy], options)
  const { stdout } = await execa(RECORDS, ['check', dumped], options)
  const found = new Set(stdout.split('\n').map(Number))
  const missing = Array.from({ length: acknowledged }, (_, index) => index + 1).filter(number => !found.has(number))
  return missing.length === 0
    ? undefined
    : `${missing.length} of ${acknowledged} acknowledged records are missing, the first is ${missing[0]}`
}
