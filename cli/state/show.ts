import type { Call } from '../command/verb.ts'
import { painter } from '../terminal/table.ts'
import { printLines } from '../terminal/terminal.ts'
import { nodeList, nodeProblems, nodeTable } from './node-table.ts'
import { type ClusterState, readState, readStateWithSpace, type StateWithSources } from './read-state.ts'
import { BIG_LIST_COLUMNS, type Column, LIST_COLUMNS, legend, MONITOR_COLUMNS, storageTable } from './storage-table.ts'
import {
  BIG_VSERVER_COLUMNS,
  VSERVER_COLUMNS,
  type VserverColumn,
  vserverLegend,
  vserverTable,
} from './vserver-table.ts'

/** vhacs cluster --monitor1 */
export async function showCluster(call: Call): Promise<void> {
  const { state } = await readStateWithSpace(call.system)
  const paint = painter(call.terminal)
  show(call, state, () => [
    ...nodeTable(state.nodes, paint).split('\n'),
    ...storageTable(state.storages, MONITOR_COLUMNS, paint).split('\n'),
    ...(state.vservers.length > 0 ? vserverTable(state.vservers, VSERVER_COLUMNS, paint).split('\n') : []),
    ...notes(state),
  ])
}

/** vhacs node --list */
export async function listNodes(call: Call): Promise<void> {
  const { state, snapshot } = await readState(call.system)
  const { nodes } = state
  show(call, { nodes }, () => [
    ...nodeList(nodes, painter(call.terminal)).split('\n'),
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
    ...storageTable(state.storages, columns, painter(call.terminal)).split('\n'),
    ...notes(state),
  ])
}

/** vhacs vserver --list, --monitor1 */
export async function listVservers(call: Call): Promise<void> {
  await showVservers(call, VSERVER_COLUMNS)
}

/** vhacs vserver --listbig */
export async function listVserversBig(call: Call): Promise<void> {
  await showVservers(call, BIG_VSERVER_COLUMNS)
}

async function showVservers(call: Call, columns: readonly VserverColumn[]): Promise<void> {
  const { state, snapshot } = await readState(call.system)
  const { vservers } = state
  const incomplete = snapshot.cluster.vservers.incomplete.map(({ name, why }) => ({ name, why }))
  show(call, { vservers, incomplete }, () => [
    ...vserverTable(vservers, columns, painter(call.terminal)).split('\n'),
    ...notes({ nodes: [], storages: [], vservers, incomplete }),
  ])
}

/** Prints a state as JSON if that was requested, otherwise as lines of text. */
export function show({ terminal, options }: Call, state: object, text: () => readonly string[]): void {
  if (options.json) printLines(terminal.print, JSON.stringify(state, null, 2))
  else for (const line of text()) terminal.print(line)
}

/** What a table cannot show, one line each. */
export function notes({ nodes, storages, vservers, incomplete }: ClusterState): string[] {
  return [
    ...legend(storages),
    ...vserverLegend(vservers),
    ...nodeProblems(nodes),
    ...incomplete.map(({ name, why }) => `${name} differs from what vhacs created: ${why}`),
  ]
}
