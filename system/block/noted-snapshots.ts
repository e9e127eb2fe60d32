import { RUN_DIRECTORY, writeNote } from '../files.ts'
import { ifPresent, type System } from '../system.ts'
import { parseSnapshotVolume } from './snapshot-name.ts'

/*
 * What the watch over snapshots has seen last on this node. Only root may ask LVM or device-mapper, and the metrics are served by another user.
 */

const NOTE = `${RUN_DIRECTORY}/snapshots`

/** How full the side of a snapshot is. */
interface SnapshotUsage {
  readonly storage: string
  readonly name: string
  /** From 0 to 1; 1 when it has become full, and is lost. */
  readonly usedRatio: number
}

/** What was seen at one time. */
interface SnapshotNote {
  /** In milliseconds since the epoch. */
  readonly at: number
  readonly snapshots: readonly SnapshotUsage[]
}

/** Replaces the note. */
export async function noteSnapshots(system: System, { at, snapshots }: SnapshotNote): Promise<void> {
  const lines = snapshots.map(({ storage, name, usedRatio }) => `${storage}.${name} ${usedRatio.toFixed(4)}`)
  await writeNote(system, NOTE, [`at ${Math.floor(at / 1000)}`, ...lines].join('\n'))
}

/** The note; undefined on a node where nothing has been watched since it started. @throws RangeError for another text. */
export function notedSnapshots(system: System): SnapshotNote | undefined {
  const text = ifPresent(() => system.read(NOTE))
  return text === undefined ? undefined : parseSnapshotNote(text)
}

/** @throws RangeError for text of another form. */
export function parseSnapshotNote(text: string): SnapshotNote {
  const [first = '', ...lines] = text.split('\n').filter(Boolean)
  const [, seconds] = /^at (\d{1,12})$/.exec(first) ?? []
  if (seconds === undefined) throw new RangeError(`${NOTE} does not begin with a time`)
  return { at: Number(seconds) * 1000, snapshots: lines.map(usageIn) }
}

function usageIn(line: string): SnapshotUsage {
  const [, volume = '', ratio] = /^(\S{1,128}) ([01]\.\d{4})$/.exec(line) ?? []
  const named = parseSnapshotVolume(volume)
  if (ratio === undefined || named === undefined)
    throw new RangeError(`${NOTE}: a snapshot and its ratio are expected, got ${JSON.stringify(line.slice(0, 60))}`)
  return { storage: named.storage, name: named.snapshot, usedRatio: Number(ratio) }
}
