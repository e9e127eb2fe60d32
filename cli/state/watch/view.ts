import type { NodeState } from '../nodes.ts'
import type { StorageState } from '../storages.ts'
import type { VserverState } from '../vservers.ts'

/** The keys that storages can be sorted by. */
const SORT_KEYS = ['name', 'target', 'mount', 'free space'] as const
type SortKey = (typeof SORT_KEYS)[number]

/** The operator's view of the tables. */
export interface View {
  readonly sortKey: SortKey
  readonly isReversed: boolean
  /** Only rows that contain this text are shown. */
  readonly filter: string
  /** Whether keys are added to the filter. */
  readonly isTyping: boolean
  readonly isDone: boolean
}

export const FIRST_VIEW: View = { sortKey: 'name', isReversed: false, filter: '', isTyping: false, isDone: false }

const CTRL_C = '\u0003'
const ESCAPE = '\u001b'
const BACKSPACES = ['\u007f', '\b']

/** The view after a key; unknown keys change nothing. */
export function pressed(view: View, key: string): View {
  if (key === CTRL_C) return { ...view, isDone: true }
  if (view.isTyping) return typed(view, key)
  if (key === 'q') return { ...view, isDone: true }
  if (key === 's')
    return { ...view, sortKey: SORT_KEYS[(SORT_KEYS.indexOf(view.sortKey) + 1) % SORT_KEYS.length] ?? 'name' }
  if (key === 'r') return { ...view, isReversed: !view.isReversed }
  if (key === '/' || key === 'f') return { ...view, isTyping: true, filter: '' }
  if (key === ESCAPE) return { ...view, filter: '' }
  return view
}

function typed(view: View, key: string): View {
  if (key === '\r' || key === '\n') return { ...view, isTyping: false }
  if (key === ESCAPE) return { ...view, isTyping: false, filter: '' }
  if (BACKSPACES.includes(key)) return { ...view, filter: view.filter.slice(0, -1) }
  return /^[\w.,:/-]+$/.test(key) ? { ...view, filter: view.filter + key } : view
}

/** The storages that a view shows, sorted. */
export function storagesIn(view: View, storages: readonly StorageState[]): StorageState[] {
  const shown = storages.filter(({ name, drbd, target, mount }) => {
    const texts = [name, target?.node, mount?.node, ...drbd.map(({ node }) => node)]
    return texts.some(text => text?.includes(view.filter))
  })
  const sorted = shown.sort((one, other) => compare(view.sortKey, one, other) || byName(one.name, other.name))
  return view.isReversed ? sorted.reverse() : sorted
}

/** The nodes that a view shows: those of its storages, and those whose names match the filter. */
export function nodesIn(view: View, nodes: readonly NodeState[], storages: readonly StorageState[]): NodeState[] {
  const used = new Set(
    storages.flatMap(({ drbd, target, mount }) => [target?.node, mount?.node, ...drbd.map(({ node }) => node)]),
  )
  return nodes.filter(({ name }) => name.includes(view.filter) || used.has(name))
}

/** The vservers that a view shows, sorted; of the keys they have the name, and the mount, on whose node they run. */
export function vserversIn(view: View, vservers: readonly VserverState[]): VserverState[] {
  const shown = vservers.filter(({ name, storage, container }) =>
    [name, storage, container?.node].some(text => text?.includes(view.filter)),
  )
  const nodeOf = ({ container }: VserverState) => (view.sortKey === 'mount' ? (container?.node ?? '') : '')
  const sorted = shown.sort((one, other) => byName(nodeOf(one), nodeOf(other)) || byName(one.name, other.name))
  return view.isReversed ? sorted.reverse() : sorted
}

function compare(key: SortKey, one: StorageState, other: StorageState): number {
  switch (key) {
    case 'name':
      return byName(one.name, other.name)
    case 'target':
      return byName(one.target?.node ?? '', other.target?.node ?? '')
    case 'mount':
      return byName(one.mount?.node ?? '', other.mount?.node ?? '')
    case 'free space':
      return (one.freeBytes ?? -1) - (other.freeBytes ?? -1)
  }
}

function byName(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true })
}
