import { takeAction, takeBegin, takeFailedMonitor, takeFound } from './actions.ts'
import { takeConnection } from './connections.ts'
import type { Interruption } from './interruption.ts'
import type { LogEvent } from './log-event.ts'
import { takeNode } from './nodes.ts'
import type { Tracked } from './parts.ts'
import { closeDraft, closeReturned, closeStopped, startTracking, type Tracking } from './tracking.ts'

/**
 * The interruptions of clouds and vservers that the events of all nodes, by time, tell of: the oldest first. A cloud that was stopped on both sides of DRBD
 * was stopped by an operator, and that is none.
 */
export function interruptionsIn(events: readonly LogEvent[], clouds: readonly Tracked[]): Interruption[] {
  const trackings = clouds.map(startTracking)
  const ofResource = new Map(trackings.flatMap(tracking => [...tracking.parts.keys()].map(id => [id, tracking])))
  const ofClouds = trackings.filter(({ cloud }) => cloud.vserver === undefined)
  const ofTarget = new Map(ofClouds.map(tracking => [tracking.cloud.iqn, tracking]))
  for (const event of events) for (const tracking of concerned(event)) take(tracking, event)
  for (const tracking of trackings) {
    closeReturned(tracking, Number.POSITIVE_INFINITY)
    closeDraft(tracking, false)
  }
  return trackings.flatMap(({ finished }) => finished).sort((one, other) => beginOf(one) - beginOf(other))

  function concerned({ fact }: LogEvent): readonly Tracking[] {
    if ('resource' in fact) return [ofResource.get(fact.resource) ?? []].flat()
    if ('iqn' in fact) return [ofTarget.get(fact.iqn) ?? []].flat()
    if (fact.kind === 'cause' && fact.cloud !== undefined)
      return trackings.filter(({ cloud }) => cloud.name === fact.cloud)
    return trackings
  }
}

function take(tracking: Tracking, { at, log, fact }: LogEvent): void {
  const when = { at, log }
  closeReturned(tracking, at)
  closeStopped(tracking, at)
  if (fact.kind === 'cause') tracking.cause = { at, reason: fact.reason }
  else if (fact.kind === 'begun') takeBegin(tracking, fact, when)
  else if (fact.kind === 'done') takeAction(tracking, fact, when)
  else if (fact.kind === 'found') takeFound(tracking, fact)
  else if (fact.kind === 'monitorFailed') takeFailedMonitor(tracking, fact, when)
  else if ('iqn' in fact) takeConnection(tracking, fact, when)
  else takeNode(tracking, fact, when)
}

/** Milliseconds since the epoch. */
function beginOf({ moments }: Interruption): number {
  return moments[0]?.at ?? 0
}
