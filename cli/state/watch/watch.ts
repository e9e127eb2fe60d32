import { stripVTControlCharacters } from 'node:util'
import { forgetFailedConnections } from '../../../system/nodes/connection.ts'
import type { System } from '../../../system/system.ts'
import type { Call } from '../../command/verb.ts'
import { interruptible } from '../../run/interruptible.ts'
import { messageOf } from '../../run/steps.ts'
import { painter } from '../../terminal/table.ts'
import type { Screen } from '../../terminal/terminal.ts'
import { nodeTable } from '../node-table.ts'
import { type ClusterState, readStateWithSpace } from '../read-state.ts'
import { notes } from '../show.ts'
import { MONITOR_COLUMNS, storageTable } from '../storage-table.ts'
import { VSERVER_COLUMNS, vserverTable } from '../vserver-table.ts'
import { FIRST_VIEW, nodesIn, pressed, storagesIn, type View, vserversIn } from './view.ts'

const PAUSE_MILLISECONDS = 2000

/** vhacs cluster --monitor */
export async function watchCluster(call: Call): Promise<void> {
  await watch(call, 'cluster')
}

/** vhacs storage --monitor */
export async function watchStorages(call: Call): Promise<void> {
  await watch(call, 'storages')
}

/** vhacs vserver --monitor */
export async function watchVservers(call: Call): Promise<void> {
  await watch(call, 'vservers')
}

/** What is shown. */
type Subject = 'cluster' | 'storages' | 'vservers'

/** The last state that could be read, and why it could not be read again. */
interface LastState {
  readonly state: ClusterState
  readonly problem?: string
}

async function watch({ system, terminal }: Call, subject: Subject): Promise<void> {
  const screen = terminal.openScreen?.()
  if (!screen) throw new RangeError('--monitor needs a terminal; --monitor1 prints once')
  const end = new AbortController()
  const signal = AbortSignal.any([end.signal, terminal.interruption])
  const bounded = interruptible(system, signal)
  const paint = painter(terminal)
  let view = FIRST_VIEW
  let known: LastState = {
    state: { nodes: [], storages: [], vservers: [], incomplete: [] },
    problem: 'reading the state of the cluster',
  }
  const draw = () => screen.show(fitted(screen, linesOf(known, view, { subject, paint })).join('\n'))
  screen.onKey(key => {
    view = pressed(view, key)
    if (view.isDone) end.abort()
    else draw()
  })
  screen.onResize(draw)
  try {
    draw()
    while (!signal.aborted) {
      known = await readAgain(bounded, known)
      if (signal.aborted) break
      draw()
      await system.sleep(PAUSE_MILLISECONDS, signal).catch(() => undefined)
      forgetFailedConnections(bounded)
    }
  } finally {
    screen.close()
  }
}

/** While the cluster cannot be read, as during the election of a coordinator, the last state is kept. */
async function readAgain(system: System, { state }: LastState): Promise<LastState> {
  try {
    const { state } = await readStateWithSpace(system)
    return { state }
  } catch (error) {
    return { state, problem: messageOf(error) }
  }
}

interface DrawOptions {
  readonly subject: Subject
  readonly paint: ReturnType<typeof painter>
}

function linesOf({ state, problem }: LastState, view: View, { subject, paint }: DrawOptions): string[] {
  const storages = storagesIn(view, state.storages)
  const vservers = vserversIn(view, state.vservers)
  const hasVservers = subject === 'vservers' || (subject === 'cluster' && state.vservers.length > 0)
  const tables = [
    ...(subject === 'cluster' ? [nodeTable(nodesIn(view, state.nodes, storages), paint)] : []),
    ...(subject === 'vservers' ? [] : [storageTable(storages, MONITOR_COLUMNS, paint)]),
    ...(hasVservers ? [vserverTable(vservers, VSERVER_COLUMNS, paint)] : []),
  ]
  const old = problem === undefined ? [] : [paint('bad', `not current: ${problem}`)]
  return [helpLine(view), ...old, ...tables.flatMap(table => table.split('\n')), ...notes(state)]
}

function helpLine({ sortKey, isReversed, filter, isTyping }: View): string {
  if (isTyping) return `filter: ${filter}_   Enter: done   Esc: clear`
  const shown = filter === '' ? '' : ` (${filter})`
  return `q: quit   s: sorted by ${sortKey}   r: ${isReversed ? 'descending' : 'ascending'}   f: filter${shown}`
}

/** The lines, cut to the size of the screen. */
function fitted({ rows, columns }: Screen, lines: readonly string[]): string[] {
  const narrow = lines.map(line => {
    const plain = stripVTControlCharacters(line)
    return plain.length > columns ? plain.slice(0, columns) : line
  })
  if (narrow.length < rows) return narrow
  return [...narrow.slice(0, Math.max(1, rows - 2)), `... and ${narrow.length - Math.max(1, rows - 2)} more lines`]
}
