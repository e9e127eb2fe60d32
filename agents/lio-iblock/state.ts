import { degraded, incomplete, type State, started, stopped, stoppedWithLeftover } from '../../ocf/state.ts'
import { type ExportState, inspectExport, isHidden } from '../../system/lio/inspect.ts'
import type { LioContext } from './parameters.ts'

/** The export as configfs shows it; `hidden` when LIO is active but configfs is not mounted. */
export type Seen = ExportState | 'hidden'

/** Reads configfs, sysfs and /proc; starts no process and changes nothing. */
export function inspect({ parameters, system }: Pick<LioContext, 'parameters' | 'system'>): Seen {
  if (isHidden(system, parameters)) return 'hidden'
  const { chap_user: chapUser, allowed_initiators: initiators = [], ...rest } = parameters
  return inspectExport(system, { ...rest, initiators, chapUser })
}

/** The state of the resource. */
export function stateOf(seen: Seen): State {
  if (seen === 'hidden') return incomplete(HIDDEN)
  const { hasTpg, hasBackstore, hasRemains, faults, degradations } = seen
  if (!hasTpg && !hasBackstore) return hasRemains ? stoppedWithLeftover('an empty target or HBA') : stopped
  if (faults.length > 0) return incomplete(faults.join(', '))
  return degradations.length > 0 ? degraded('started', degradations.join(', ')) : started
}

const HIDDEN =
  'LIO is listening, but configfs is not mounted to read its exports: run mount -t configfs configfs /sys/kernel/config'
