import type { Moment, Part, What } from './interruption.ts'
import type { NodeFact, When } from './log-event.ts'
import { GROUPS, type Group, groupOf } from './parts.ts'
import { openDraft, type Tracking, takeDown } from './tracking.ts'

const WHAT: Readonly<Record<Exclude<NodeFact['kind'], 'member'>, What>> = {
  lost: 'nodeLost',
  fencingRequested: 'fencingRequested',
  fenced: 'fenced',
  fencingFailed: 'fencingFailed',
}

export function isOfNode({ what }: Moment): boolean {
  return Object.values(WHAT).includes(what)
}

/** A node was lost or fenced, and with it what it had of a cloud. */
export function takeNode(tracking: Tracking, { kind, node, by }: NodeFact, when: When): void {
  if (kind === 'member') {
    takeReturn(tracking, node)
    return
  }
  const moment: Moment = { ...when, what: WHAT[kind], node, ...(by !== undefined && { by }) }
  if (kind !== 'fencingFailed') takeLoss(tracking, node, when.at)
  const { draft } = tracking
  if (draft?.lost.has(node)) draft.moments.push(moment)
}

function takeLoss(tracking: Tracking, node: string, at: number): void {
  const { places } = tracking
  const held = [...places].flatMap(([part, place]) => (place === node ? part : []))
  for (const part of held) takeDown(tracking, part, { node, at }).lost.add(node)
  for (const group of new Set([...tracking.parts.values()].map(groupOf))) {
    if (!mayHold(tracking, group, node)) continue
    const draft = openDraft(tracking, at)
    draft.suspects.set(group, node)
    draft.lost.add(node)
  }
}

/** Whether a group may have been on a node, because the logs do not say where it was. */
function mayHold({ cloud, places }: Tracking, group: Group, node: string): boolean {
  const parts: readonly Part[] = GROUPS[group]
  return parts.every(part => !places.has(part)) && (group !== 'export' || cloud.storageNodes.includes(node))
}

/** If nothing had to be started elsewhere, the lost node had nothing. */
function takeReturn(tracking: Tracking, node: string): void {
  const { draft } = tracking
  if (draft?.groups.size === 0 && draft.lost.has(node)) tracking.draft = undefined
}
