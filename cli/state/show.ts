import type { Call } from '../command/verb.ts'
import { painter } from '../terminal/table.ts'
import { nodeList, nodeProblems, nodeTable } from './node-table.ts'
import { type ClusterState, readState, readStateWithSpace, type StateWithSources } from './read-state.ts'
import { BIG_LIST_COLUMNS, type Column, LIST_COLUMNS, MONITOR_COLUMNS, storageTable } from './storage-table.ts'

/** vhacs cluster --monitor1 */
export async function showCluster(call: Call): Promise<void> {
  const { state } = await readStateWithSpace(call.system)
  const paint = painter(call.terminal)
  show(call, state, () => [
    nodeTable(state.nodes, paint),
    storageTable(state.storages, MONITOR_COLUMNS, paint),
    ...notes(state),
  ])
}

/** vhacs node --list */
export async function listNodes(call: Call): Promise<void> {
  const { state, snapshot } = await readState(call.system)
  const { nodes } = state
  show(call, { nodes }, () => [
    nodeList(nodes, painter(call.terminal)),
    ...snapshot.cluster.faults.map(({ place, why }) => `${place}: ${why}`),
  ])
}

/** vhacs storage --list */
export async function listStorages(call: Call): Promise<void> {
  showStorages(call, await readState(call.system), LIST_COLUMNS)
}

/** vhacs storage --listbig */
export async function listStoragesBig(call: Call): Promise<void> {
  showStorages(call, await readStateWithSpace(call.system), BIG_LIST_COLUMNS)
}

/** vhacs storage --monitor1 */
export async function monitorStorages(call: Call): Promise<void> {
  showStorages(call, await readStateWithSpace(call.system), MONITOR_COLUMNS)
}

function showStorages(call: Call, { state }: StateWithSources, columns: readonly Column[]): void {
  show(call, { storages: state.storages, incomplete: state.incomplete }, () => [
    storageTable(state.storages, columns, painter(call.terminal)),
    ...notes(state),
  ])
}

/** Prints a state as JSON if that was requested, otherwise as text. */
export function show({ terminal, options }: Call, state: object, text: () => readonly string[]): void {
  if (options.json) terminal.print(JSON.stringify(state, null, 2))
  else for (const part of text()) terminal.print(part)
}

/** The objects that a table cannot show, one line each. */
export function notes({ nodes, incomplete }: ClusterState): string[] {
  return [
    ...nodeProblems(nodes),
    ...incomplete.map(({ name, why }) => `${name} differs from what vhacs created: ${why}`),
  ]
}
