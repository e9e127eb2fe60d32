import type { Interruption, Moment, Part, Route } from './interruption.ts'
import type { Reason } from './log-event.ts'
import { GROUPS, type Group, type Tracked } from './parts.ts'

/** An interruption as far as it has been read. */
export interface Draft {
  readonly moments: Moment[]
  /** The groups that were interrupted. */
  readonly groups: Set<Group>
  /** Where the parts were that went down. */
  readonly from: Map<Part, string>
  /** The nodes that were lost or fenced, with parts of the storage. */
  readonly lost: Set<string>
  /** Lost nodes that a group may have been on: what the logs do not say yet. */
  readonly suspects: Map<Group, string>
  /** The nodes on which DRBD was stopped. */
  readonly stopped: Set<string>
  /** It was stopped on both sides, so the storage was stopped and not moved. */
  isWholeStop: boolean
  readonly reason: Reason | undefined
}

/** `earlier`: what led to it. */
export function newDraft(earlier: readonly Moment[], reason: Reason | undefined): Draft {
  const moments: Moment[] = []
  for (const moment of earlier)
    if (isOfConnection(moment)) addConnection({ moments }, moment)
    else moments.push(moment)
  return {
    moments,
    groups: new Set(),
    from: new Map(),
    lost: new Set(),
    suspects: new Map(),
    stopped: new Set(),
    isWholeStop: false,
    reason,
  }
}

/** Whether it is what an initiator has seen. */
export function isOfConnection({ what }: Moment): boolean {
  return what === 'lastAnswer' || what === 'connectionLost' || what === 'sessionBack'
}

/** Of several moments of these kinds that the kernel or iscsid reports, the first loss and the last return matter. */
export function addConnection(draft: Pick<Draft, 'moments'>, moment: Moment): void {
  const index = draft.moments.findIndex(({ what }) => what === moment.what)
  if (index === -1) draft.moments.push(moment)
  else if (moment.what === 'sessionBack') draft.moments[index] = moment
}

/** Where the parts are now; undefined for one that is down or unknown. */
export type Places = ReadonlyMap<Part, string | undefined>

/** The interruption of a cloud or a vserver that a draft describes; undefined if there was none. */
export function interruptionOf(
  { name: cloud, vserver }: Pick<Tracked, 'name' | 'vserver'>,
  draft: Draft,
  { places, isComplete }: { readonly places: Places; readonly isComplete: boolean },
): Interruption | undefined {
  const { groups, from, lost, isWholeStop, reason } = draft
  if (groups.size === 0 || isWholeStop) return undefined
  const routes = new Map([...groups].map(group => [group, routeOf(group, from, places)]))
  const [exported, mounted, container] = [routes.get('export'), routes.get('mount'), routes.get('vserver')]
  const isFailover = [...from.values()].some(node => lost.has(node))
  const isMove = !isComplete || [...routes.values()].some(route => route.from !== route.to)
  const kind = isFailover ? 'failover' : container && !isComplete ? 'stop' : isMove ? 'move' : 'restart'
  const moments = [...draft.moments].sort((one, other) => one.at - other.at)
  return {
    ...{ cloud, vserver, kind, isComplete, export: exported, mount: mounted, container, moments },
    reason: kind === 'move' ? reason : undefined,
  }
}

function routeOf(group: Group, from: ReadonlyMap<Part, string>, places: Places): Route {
  const parts: readonly Part[] = GROUPS[group]
  const first = (found: Places) => parts.map(part => found.get(part)).find(node => node !== undefined)
  // parts that nothing is known of have not been down
  return { from: first(from), to: isTogether(parts, places) ? first(places) : undefined }
}

/** Whether all parts of the groups that were interrupted are up, those of each on one node. */
export function isOver({ groups }: Draft, places: Places): boolean {
  return groups.size > 0 && [...groups].every(group => isTogether(GROUPS[group], places))
}

function isTogether(parts: readonly Part[], places: Places): boolean {
  const known = parts.filter(part => places.has(part)).map(part => places.get(part))
  return known.every(node => node !== undefined && node === known[0])
}
