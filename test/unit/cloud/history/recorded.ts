import { readFileSync } from 'node:fs'
import type { LogEvent } from '../../../../cloud/history/log-event.ts'
import { parsePacemakerLog } from '../../../../cloud/history/pacemaker-log.ts'
import type { Tracked } from '../../../../cloud/history/parts.ts'
import { parseSessionLog } from '../../../../cloud/history/session-log.ts'

/** The storage of the recorded logs. */
export const takeover: Tracked = {
  name: 'takeover',
  iqn: 'iqn.2026-01.org.vhacs:vhacs:takeover',
  storageNodes: ['node1', 'node2'],
}

export function recorded(file: string): string {
  return readFileSync(new URL(`../../../fixtures/logs/${file}`, import.meta.url), 'utf8')
}

/** The hours of a log as its node, in UTC, would convert them. */
export function hoursIn(text: string): ReadonlyMap<string, number> {
  const hours = text.match(/^[A-Z][a-z]{2} \d\d \d\d/gm) ?? []
  return new Map(hours.map(hour => [hour, Date.parse(`2026 ${hour}:00 UTC`)]))
}

/** The events of a node's own log of Pacemaker. */
export function eventsIn(text: string, node: string): LogEvent[] {
  return parsePacemakerLog(text, { node, hours: hoursIn(text) })
}

/** The events of a node's logs in recorded files. */
export function eventsOf(recording: string, node: string): LogEvent[] {
  const [version, name] = recording.split(' ')
  return [
    ...eventsIn(recorded(`pacemaker-${version}-${name}-${node}.txt`), node),
    ...parseSessionLog(recorded(`journal-${name}-${node}.txt`), { node, sessions: new Map() }),
  ]
}
