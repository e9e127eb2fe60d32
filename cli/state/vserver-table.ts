import { marked, type Paint, table } from '../terminal/table.ts'
import type { VserverState } from './vservers.ts'

const COLUMNS = {
  VSERVER: ({ name, state }, paint) =>
    state === 'active' ? paint('good', marked('A', name)) : paint('warning', marked('S', name)),
  STORAGE: ({ storage }) => storage,
  NODE: (vserver, paint) => nodeMark(vserver, paint),
  NETWORK: ({ network }) => network,
  ADDRESS: ({ address }) => address ?? '-',
  DIRECTORY: ({ directory }) => directory,
} satisfies Record<string, (vserver: VserverState, paint: Paint) => string>

export type VserverColumn = keyof typeof COLUMNS

export const VSERVER_COLUMNS: readonly VserverColumn[] = ['VSERVER', 'STORAGE', 'NODE', 'ADDRESS']
export const BIG_VSERVER_COLUMNS: readonly VserverColumn[] = [
  'VSERVER',
  'STORAGE',
  'NODE',
  'ADDRESS',
  'NETWORK',
  'DIRECTORY',
]

/** A line for each vserver. */
export function vserverTable(
  vservers: readonly VserverState[],
  columns: readonly VserverColumn[],
  paint: Paint,
): string {
  return table(
    columns,
    vservers.map(vserver => columns.map(column => COLUMNS[column](vserver, paint))),
  )
}

/** What the mark means, for below a table that has it. */
export function vserverLegend(vservers: readonly VserverState[]): string[] {
  const isMarked = vservers.some(({ container }) => container?.isDegraded === true && !container.isFailed)
  return isMarked ? ['!: a vserver that is degraded; "vhacs vserver --info VSERVERS" says why'] : []
}

/** (S)tarted, (F)ailed, or - if it does not run; with an exclamation mark while it is degraded. */
function nodeMark({ container, state }: VserverState, paint: Paint): string {
  if (container === null) return paint(state === 'active' ? 'bad' : undefined, '-')
  const { node, isFailed, isDegraded } = container
  if (isFailed) return paint('bad', marked('F', node))
  return isDegraded ? paint('warning', `${marked('S', node)}!`) : marked('S', node)
}
