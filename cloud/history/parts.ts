import type { Cloud } from '../cloud.ts'
import { resourceIds, vserverIds } from '../ids.ts'
import type { Part, What } from './interruption.ts'
import type { Action } from './log-event.ts'

/** What must be known of a cloud, or of a vserver on it, to follow that. */
export interface Tracked extends Pick<Cloud, 'name' | 'iqn' | 'storageNodes'> {
  /** Undefined for the cloud itself. */
  readonly vserver?: string
}

/** Parts that are interrupted together, each after those that it needs. */
export const GROUPS = {
  export: ['drbd', 'target', 'address'],
  mount: ['session', 'filesystem'],
  vserver: ['container'],
} as const satisfies Readonly<Record<string, readonly Part[]>>

export type Group = keyof typeof GROUPS

export function groupOf(part: Part): Group {
  if (part === 'container') return 'vserver'
  return part === 'session' || part === 'filesystem' ? 'mount' : 'export'
}

/** The parts of a storage, or of a vserver on it, by the ids of their resources. */
export function partsById({ name, vserver }: Tracked): ReadonlyMap<string, Part> {
  if (vserver !== undefined) return new Map([[vserverIds(vserver).container, 'container']])
  const { drbd, target, address, session, filesystem } = resourceIds(name)
  return new Map<string, Part>([
    [drbd, 'drbd'],
    [target, 'target'],
    [address, 'address'],
    [session, 'session'],
    [filesystem, 'filesystem'],
  ])
}

const DOWN: Readonly<Record<Part, What>> = {
  drbd: 'demoted',
  target: 'targetDown',
  address: 'addressDown',
  session: 'loggedOut',
  filesystem: 'unmounted',
  container: 'containerDown',
}

const UP: Readonly<Record<Part, What>> = {
  drbd: 'promoted',
  target: 'targetUp',
  address: 'addressUp',
  session: 'loggedIn',
  filesystem: 'mounted',
  container: 'containerUp',
}

/** What the end of an action means for a part; undefined for an instance of DRBD that is started or stopped, and serves nothing. */
export function effectOf(action: Action, part: Part): { readonly isUp: boolean; readonly what: What } | undefined {
  const isOfRole = action === 'promote' || action === 'demote'
  if (isOfRole !== (part === 'drbd')) return undefined
  const isUp = action === 'promote' || action === 'start'
  return { isUp, what: isUp ? UP[part] : DOWN[part] }
}
