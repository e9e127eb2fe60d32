import { type Draft, interruptionOf, newDraft } from './draft.ts'
import type { Interruption, Moment, Part } from './interruption.ts'
import type { Reason } from './log-event.ts'
import { GROUPS, groupOf, partsById, type Tracked } from './parts.ts'

/** How long before an interruption what belongs to it may have happened. */
const BEFORE_MILLISECONDS = 120_000

/** More than fencing and all starts take. */
const LONGEST_LOSS_MILLISECONDS = 900_000

/** For how long an initiator has its session back before the export counts as started where no log can be read. */
const RETURNED_MILLISECONDS = 60_000

/** A cloud or a vserver, as far as the events have been read. */
export interface Tracking {
  readonly cloud: Tracked
  /** Its parts, by the ids of their resources. */
  readonly parts: ReadonlyMap<string, Part>
  /** Their nodes, undefined while one is down; missing, while the logs do not say. */
  readonly places: Map<Part, string | undefined>
  readonly finished: Interruption[]
  draft: Draft | undefined
  /** What may belong to the next interruption. */
  earlier: Moment[]
  /** Why an operator's move may begin. */
  cause: { readonly at: number; readonly reason: Reason } | undefined
}

export function startTracking(cloud: Tracked): Tracking {
  return {
    ...{ cloud, parts: partsById(cloud), places: new Map(), finished: [] },
    ...{ draft: undefined, earlier: [], cause: undefined },
  }
}

/** Keeps what may belong to the next interruption. */
export function remember(tracking: Tracking, moment: Moment): void {
  tracking.earlier = [...tracking.earlier.filter(isBefore(moment.at)), moment]
}

function isBefore(at: number) {
  return (found: { readonly at: number }) => at - found.at <= BEFORE_MILLISECONDS
}

/** The interruption that lasts, or begins now. */
export function openDraft(tracking: Tracking, at: number): Draft {
  const { draft, earlier, cause } = tracking
  if (draft && !isStale(draft, at)) return draft
  const isRecent = isBefore(at)
  const made = newDraft(earlier.filter(isRecent), cause && isRecent(cause) ? cause.reason : undefined)
  tracking.draft = made
  tracking.earlier = []
  return made
}

/** A node was lost, and long afterwards nothing had been started for that: it had nothing. */
function isStale({ groups, moments }: Draft, at: number): boolean {
  return groups.size === 0 && moments.every(moment => at - moment.at > LONGEST_LOSS_MILLISECONDS)
}

export function closeDraft(tracking: Tracking, isComplete: boolean): void {
  const { cloud, draft, places, finished } = tracking
  const found = draft && interruptionOf(cloud, draft, { places, isComplete })
  if (found) finished.push(found)
  tracking.draft = undefined
}

/** The export was started on a node whose log cannot be read, if an initiator has had its session back since long before `at`. */
export function closeReturned(tracking: Tracking, at: number): void {
  const { draft, places } = tracking
  if (!draft?.groups.has('export') || draft.groups.has('mount')) return
  const back = draft.moments.find(({ what }) => what === 'sessionBack')
  if (back === undefined || at - back.at <= RETURNED_MILLISECONDS) return
  if (draft.moments.some(moment => moment.at > back.at)) return
  for (const part of GROUPS.export) if (places.get(part) === undefined) places.delete(part)
  closeDraft(tracking, true)
}

/** A container that has been down for so long at `at`, although its node was not lost, was stopped on purpose. */
export function closeStopped(tracking: Tracking, at: number): void {
  const { draft } = tracking
  const last = draft?.moments.at(-1)
  const isStop = draft?.lost.size === 0 && last?.what === 'containerDown'
  if (isStop && at - last.at > LONGEST_LOSS_MILLISECONDS) closeDraft(tracking, false)
}

/** Whether a part is on a node, as far as the logs say. */
export function mayBeOn({ places }: Tracking, part: Part, node: string): boolean {
  return !places.has(part) || places.get(part) === node
}

export function takeDown(tracking: Tracking, part: Part, { node, at }: { readonly node: string; readonly at: number }) {
  const draft = openDraft(tracking, at)
  draft.groups.add(groupOf(part))
  if (!draft.from.has(part)) draft.from.set(part, node)
  tracking.places.set(part, undefined)
  return draft
}
