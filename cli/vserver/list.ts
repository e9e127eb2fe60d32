import type { CibSnapshot } from '../../cloud/cib/snapshot.ts'
import type { Call } from '../command/verb.ts'
import { readState } from '../state/read-state.ts'
import { show } from '../state/show.ts'
import { BIG_VSERVER_COLUMNS, VSERVER_COLUMNS, type VserverColumn, vserverTable } from '../state/vserver-table.ts'
import { type VserverState, vserverStates } from '../state/vservers.ts'
import { painter } from '../terminal/table.ts'

/** vhacs vserver --list, --monitor1 */
export async function listVservers(call: Call): Promise<void> {
  await showTable(call, VSERVER_COLUMNS)
}

/** vhacs vserver --listbig */
export async function listVserversBig(call: Call): Promise<void> {
  await showTable(call, BIG_VSERVER_COLUMNS)
}

async function showTable(call: Call, columns: readonly VserverColumn[]): Promise<void> {
  const { snapshot, status, active } = await readState(call.system)
  const vservers = vserverStates(snapshot.cluster, status, active)
  const incomplete = incompleteVservers(snapshot)
  show(call, { vservers, incomplete }, () => [
    ...vserverTable(vservers, columns, painter(call.terminal)).split('\n'),
    ...legend(vservers),
    ...incomplete.map(({ name, why }) => `${name} differs from what vhacs created: ${why}`),
  ])
}

function incompleteVservers({ cluster }: CibSnapshot) {
  return cluster.vservers.incomplete.map(({ name, why }) => ({ name, why }))
}

/** What the mark in a table means. */
function legend(vservers: readonly VserverState[]): string[] {
  const isMarked = vservers.some(({ container }) => container?.isDegraded === true && !container.isFailed)
  return isMarked ? ['!: degraded; "vhacs vserver --info VSERVERS" says why'] : []
}
