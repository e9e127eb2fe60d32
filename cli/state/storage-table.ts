import { roundedSize } from '../terminal/sizes.ts'
import { marked, type Paint, table } from '../terminal/table.ts'
import type { DrbdSide, RunningPart, StorageState } from './storages.ts'

const COLUMNS = {
  STORAGE: (storage, paint) => storageMark(storage, paint),
  'DRBD:0': ({ drbd: [first] }, paint) => sideMark(first, paint),
  'DRBD:1': ({ drbd: [, second] }, paint) => sideMark(second, paint),
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

/** A line for each storage. */
export function storageTable(storages: readonly StorageState[], columns: readonly Column[], paint: Paint): string {
  return table(
    columns,
    storages.map(storage => columns.map(column => COLUMNS[column](storage, paint))),
  )
}

/** (A)ctive or in (S)tandby. */
function storageMark({ name, state }: StorageState, paint: Paint): string {
  return state === 'active' ? paint('good', marked('A', name)) : paint('warning', marked('S', name))
}

/** (P)rimary, (S)econdary, (F)ailed, (-) not running. A degraded side counts as running: the survivor of a pair has not failed. */
function sideMark(side: DrbdSide | undefined, paint: Paint): string {
  if (side === undefined) return ''
  const { node, role, isFailed, isDegraded } = side
  if (isFailed) return paint('bad', marked('F', node))
  if (role === 'stopped') return paint('warning', marked('-', node))
  return paint(isDegraded ? 'warning' : undefined, marked(role === 'primary' ? 'P' : 'S', node))
}

/** (S)tarted, (F)ailed, or - if it does not run. */
function partMark(part: RunningPart | null, state: StorageState['state'], paint: Paint): string {
  if (part === null) return paint(state === 'active' ? 'bad' : undefined, '-')
  const { node, isFailed, isDegraded } = part
  return isFailed ? paint('bad', marked('F', node)) : paint(isDegraded ? 'warning' : undefined, marked('S', node))
}

/** As in df: a percentage of the space that is not reserved, with the used part rounded up. */
function freeSpace({ freeBytes, usedBytes, sizeBytes, mount }: StorageState): string {
  if (freeBytes === null || usedBytes === null || sizeBytes === null) return mount === null ? '-' : '?'
  const all = freeBytes + usedBytes
  const percent = all === 0 ? 0 : 100 - Math.ceil((100 * usedBytes) / all)
  return `${roundedSize(freeBytes)}/${roundedSize(sizeBytes)} (${percent}%)`
}
