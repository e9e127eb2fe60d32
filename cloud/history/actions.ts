import { type Draft, isOver } from './draft.ts'
import type { Moment, Part } from './interruption.ts'
import type { Begun, Done, Found, MonitorFailed, When } from './log-event.ts'
import { isOfNode } from './nodes.ts'
import { effectOf, GROUPS, type Group, groupOf } from './parts.ts'
import { closeDraft, mayBeOn, remember, type Tracking, takeDown } from './tracking.ts'

/** A stop has begun: the first of a group is where its interruption begins. */
export function takeBegin(tracking: Tracking, { action, resource, node }: Begun, when: When): void {
  const part = tracking.parts.get(resource)
  if (part === undefined || effectOf(action, part)?.isUp !== false || !mayBeOn(tracking, part, node)) return
  const isFirst = !tracking.draft?.groups.has(groupOf(part))
  const draft = takeDown(tracking, part, { node, at: when.at })
  if (isFirst) draft.moments.push({ ...when, what: 'stopping', node, part })
}

export function takeAction(tracking: Tracking, done: Done, when: When): void {
  const { action, resource, node, isOk } = done
  const part = tracking.parts.get(resource)
  if (part === undefined) return
  const effect = effectOf(action, part)
  if (effect === undefined) takeSide(tracking, done)
  else if (!isOk) takeFailure(tracking, { ...when, what: effect.isUp ? 'startFailed' : 'stopFailed', node, part })
  else if (effect.isUp) takeUp(tracking, part, { ...when, what: effect.what, node })
  else takeEnd(tracking, part, { ...when, what: effect.what, node })
}

function takeEnd(tracking: Tracking, part: Part, moment: Moment): void {
  const wasThere = mayBeOn(tracking, part, moment.node) || tracking.draft?.from.get(part) === moment.node
  if (wasThere) takeDown(tracking, part, moment).moments.push(moment)
}

/** DRBD was started or stopped on a node; which side was promoted is another question. */
function takeSide({ draft, cloud }: Tracking, { action, node, isOk }: Done): void {
  if (draft === undefined || !isOk) return
  if (action === 'stop') draft.stopped.add(node)
  else draft.stopped.delete(node)
  draft.isWholeStop ||= cloud.storageNodes.every(side => draft.stopped.has(side))
}

/** What is started elsewhere has been stopped, also where a full disk has left no room for that in the log. */
function takeMissedEnd(tracking: Tracking, part: Part, { node, at }: Moment): void {
  const place = tracking.places.get(part)
  if (place !== undefined && place !== node) takeDown(tracking, part, { node: place, at })
}

function takeUp(tracking: Tracking, part: Part, moment: Moment): void {
  const { places } = tracking
  const group = groupOf(part)
  if (tracking.draft) confirmSuspect(tracking, tracking.draft, { group, at: moment.at })
  takeMissedEnd(tracking, part, moment)
  places.set(part, moment.node)
  const { draft } = tracking
  if (draft === undefined) return
  if (draft.groups.has(group)) draft.moments.push(moment)
  if (isOver(draft, places)) closeDraft(tracking, true)
}

/** A group that is started after a node was lost, without having been stopped, was on that node. */
function confirmSuspect(
  tracking: Tracking,
  draft: Draft,
  { group, at }: { readonly group: Group; readonly at: number },
): void {
  const node = draft.suspects.get(group)
  if (node === undefined) return
  draft.suspects.delete(group)
  for (const part of GROUPS[group]) if (!tracking.places.has(part)) takeDown(tracking, part, { node, at })
}

/** It was not interrupted, although its node was lost: Pacemaker alone was restarted. */
export function takeFound(tracking: Tracking, { resource, node, isPromoted }: Found): void {
  const { parts, places, draft } = tracking
  const part = parts.get(resource)
  if (part === undefined || isPromoted !== (part === 'drbd')) return
  places.set(part, node)
  if (draft?.lost.has(node) && isOver(draft, places) && draft.moments.every(isOfNode)) tracking.draft = undefined
}

export function takeFailedMonitor(tracking: Tracking, { resource, node }: MonitorFailed, when: When): void {
  const part = tracking.parts.get(resource)
  if (part === undefined || !mayBeOn(tracking, part, node)) return
  // while its group is being stopped or started, its monitors mean nothing
  if (tracking.draft?.groups.has(groupOf(part))) return
  takeFailure(tracking, { ...when, what: 'monitorFailed', node, part })
}

/** A failure is the cause of what follows. */
function takeFailure(tracking: Tracking, moment: Moment): void {
  const { draft } = tracking
  if (draft) draft.moments.push(moment)
  else remember(tracking, moment)
}
