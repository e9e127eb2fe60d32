import type { LogEvent } from './log-event.ts'

/** Lines of several logs that are this close mean the same. */
const SAME_MILLISECONDS = 60_000

/** Numbers of calls are not used again within this, and fencing takes no longer. */
const NEAR_MILLISECONDS = 600_000

/**
 * The events of the logs of all nodes as one account, by time: each once, of the coordinator where it logged it, so that most times are of one
 * clock. What a node said of others while it was to be fenced itself is left out: it was the one that was cut off.
 */
export function oneAccount(logs: readonly (readonly LogEvent[])[]): LogEvent[] {
  return onceEach(withoutCutOff(withoutRepeated(byTime(logs.flat()))))
}

function byTime(events: readonly LogEvent[]): LogEvent[] {
  return [...events].sort((one, other) => one.at - other.at)
}

/** Without the results that the coordinator has logged, too, and without those that it has logged again. */
function withoutRepeated(events: readonly LogEvent[]): LogEvent[] {
  const ofCoordinator = events.filter(({ fact }) => fact.kind === 'done' && fact.isOfCoordinator)
  const isKnown = timesOf(ofCoordinator, keyOfCall)
  const isConfirmed = timesOf(
    ofCoordinator.filter(({ fact }) => fact.kind === 'done' && !fact.isLate),
    keyOfCall,
  )
  return events.filter(event => {
    const { at, fact } = event
    if (fact.kind !== 'done') return true
    if (fact.isOfCoordinator) return !fact.isLate || !isConfirmed(keyOfCall(event), at)
    return !isKnown(keyOfCall(event), at)
  })
}

function keyOfCall({ fact }: LogEvent): string {
  return fact.kind === 'done' ? [fact.resource, fact.action, fact.node, fact.call].join(' ') : ''
}

function withoutCutOff(events: readonly LogEvent[]): LogEvent[] {
  const isFenced = timesOf(
    events.filter(({ fact }) => fact.kind === 'fenced'),
    ({ fact }) => ('node' in fact ? fact.node : ''),
  )
  return events.filter(({ at, log, fact }) => {
    if (fact.kind !== 'lost' && fact.kind !== 'fencingRequested') return true
    return !isFenced(log, at) || isFenced(fact.node, at)
  })
}

/** Whether there is an event with a key at about a time; in a time in proportion to the number of events. */
function timesOf(events: readonly LogEvent[], key: (event: LogEvent) => string) {
  const bucket = (at: number) => Math.floor(at / NEAR_MILLISECONDS)
  const found = new Set(events.map(event => `${key(event)} ${bucket(event.at)}`))
  return (text: string, at: number) => [-1, 0, 1].some(step => found.has(`${text} ${bucket(at) + step}`))
}

/** All nodes log that one is lost or fenced. */
function onceEach(events: readonly LogEvent[]): LogEvent[] {
  const coordinators = coordinatorsAt(events)
  const kept: LogEvent[] = []
  const last = new Map<string, number>()
  for (const [index, event] of events.entries()) {
    const { at, log, fact } = event
    const key = keyOfNode(event)
    const place = key === undefined ? undefined : last.get(key)
    const before = place === undefined ? undefined : kept[place]
    if (place === undefined || before === undefined || at - before.at > SAME_MILLISECONDS) {
      if (key !== undefined) last.set(key, kept.length)
      kept.push(event)
    } else if (log === coordinators[index] && before.log !== log) kept[place] = { at, log, fact }
  }
  return byTime(kept)
}

function keyOfNode({ fact }: LogEvent): string | undefined {
  const { kind } = fact
  const isOfAll = ['lost', 'member', 'fencingRequested', 'fenced', 'fencingFailed'].includes(kind)
  return isOfAll && 'node' in fact ? `${kind} ${fact.node}` : undefined
}

/** For each event, the node that coordinated next: the one that dealt with it. */
function coordinatorsAt(events: readonly LogEvent[]): (string | undefined)[] {
  const found: (string | undefined)[] = []
  let next: string | undefined
  for (const { log, fact } of events.toReversed()) {
    if (fact.kind === 'begun' || (fact.kind === 'done' && fact.isOfCoordinator)) next = log
    found.push(next)
  }
  return found.toReversed()
}
