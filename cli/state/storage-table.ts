import { roundedSize } from '../terminal/sizes.ts'
import { marked, type Paint, table } from '../terminal/table.ts'
import type { DrbdSide, RunningPart, StorageState } from './storages.ts'

const COLUMNS = {
  STORAGE: (storage, paint) => storageMark(storage, paint),
  'DRBD:0': ({ drbd: [first] }, paint) => sideMark(first, paint),
  'DRBD:1': ({ drbd: [, second] }, paint) => sideMark(second, paint),
  'DRBD:2': ({ drbd: [, , third] }, paint) => sideMark(third, paint),
  'DRBD TARGET': ({ target, state }, paint) => partMark(target, state, paint),
  'ISCSI MOUNT': ({ mount, state }, paint) => partMark(mount, state, paint),
  'FREE SPACE': storage => freeSpace(storage),
  ADDRESS: ({ address }) => address,
  DIRECTORY: ({ directory }) => directory,
} satisfies Record<string, (storage: StorageState, paint: Paint) => string>

export type Column = keyof typeof COLUMNS

/** The columns of the first VHACS. */
export const MONITOR_COLUMNS: readonly Column[] = [
  'STORAGE',
  'DRBD:0',
  'DRBD:1',
  'DRBD TARGET',
  'ISCSI MOUNT',
  'FREE SPACE',
]
/** The columns that need no query of a node. */
export const LIST_COLUMNS: readonly Column[] = MONITOR_COLUMNS.filter(column => column !== 'FREE SPACE')
export const BIG_LIST_COLUMNS: readonly Column[] = [...MONITOR_COLUMNS, 'ADDRESS', 'DIRECTORY']

/** A line for each storage; a column for third sides, where one has three. */
export function storageTable(storages: readonly StorageState[], shown: readonly Column[], paint: Paint): string {
  const hasThird = storages.some(({ drbd }) => drbd.length > 2)
  const columns = hasThird
    ? shown.flatMap(column => (column === 'DRBD:1' ? [column, 'DRBD:2' as const] : [column]))
    : shown
  return table(
    columns,
    storages.map(storage => columns.map(column => COLUMNS[column](storage, paint))),
  )
}

/** Behind what runs, but not as it should: colours are not always seen. */
const DEGRADED = '!'

/** What the mark means, for below a table that has it. */
export function legend(storages: readonly StorageState[]): string[] {
  const isMarked = storages.some(
    ({ isReady, drbd, target, mount }) =>
      isReady === false || [...drbd, target, mount].some(part => part?.isDegraded === true && !part.isFailed),
  )
  return isMarked ? [LEGEND] : []
}

const LEGEND = `${DEGRADED}: degraded, or a storage that no other node can take over; "vhacs storage --info STORAGES" says why`

/** (A)ctive or in (S)tandby; with an exclamation mark while no other node can take it over. */
function storageMark({ name, state, isReady }: StorageState, paint: Paint): string {
  if (state !== 'active') return paint('warning', marked('S', name))
  return isReady === false ? paint('warning', `${marked('A', name)}${DEGRADED}`) : paint('good', marked('A', name))
}

/** (P)rimary, (S)econdary, (F)ailed, (-) not running. A degraded side counts as running: the survivor of a pair has not failed. */
function sideMark(side: DrbdSide | undefined, paint: Paint): string {
  if (side === undefined) return ''
  const { node, role, isFailed, isDegraded } = side
  if (isFailed) return paint('bad', marked('F', node))
  if (role === 'stopped') return paint('warning', marked('-', node))
  return runningMark(role === 'primary' ? 'P' : 'S', { node, isDegraded }, paint)
}

/** (S)tarted, (F)ailed, or - if it does not run. */
function partMark(part: RunningPart | null, state: StorageState['state'], paint: Paint): string {
  if (part === null) return paint(state === 'active' ? 'bad' : undefined, '-')
  return part.isFailed ? paint('bad', marked('F', part.node)) : runningMark('S', part, paint)
}

function runningMark(
  letter: string,
  { node, isDegraded }: Pick<RunningPart, 'node' | 'isDegraded'>,
  paint: Paint,
): string {
  return isDegraded ? paint('warning', `${marked(letter, node)}${DEGRADED}`) : marked(letter, node)
}

/** As in df: a percentage of the space that is not reserved, with the used part rounded up. */
function freeSpace({ freeBytes, usedBytes, sizeBytes, mount }: StorageState): string {
  if (freeBytes === null || usedBytes === null || sizeBytes === null) return mount === null ? '-' : '?'
  const all = freeBytes + usedBytes
  const percent = all === 0 ? 0 : 100 - Math.ceil((100 * usedBytes) / all)
  return `${roundedSize(freeBytes)}/${roundedSize(sizeBytes)} (${percent}%)`
}
