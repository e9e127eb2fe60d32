import type { LogEvent } from '../../../cloud/history/log-event.ts'
import { parseHours } from '../../../cloud/history/log-hours.ts'
import { parsePacemakerLog, timeOfLine } from '../../../cloud/history/pacemaker-log.ts'
import { parseSessionLog, parseSessions } from '../../../cloud/history/session-log.ts'
import type { Examination } from '../examine/examination.ts'
import { LOG_BYTES } from './log-script.ts'

/** What a node's logs say. */
export interface NodeLog {
  readonly node: string
  /** When what was read of Pacemaker's log begins, in milliseconds since the epoch; undefined if it has no line with a time. */
  readonly begin: number | undefined
  /** Why there is nothing of Pacemaker's log. */
  readonly problem: string | undefined
  readonly events: readonly LogEvent[]
}

/** A node whose logs were asked for. */
export interface AskedNode {
  readonly node: string
  /** When its log begins, in milliseconds since the epoch; undefined without one. */
  readonly begin: number | undefined
  /** How far its clock is ahead of ours, in seconds. */
  readonly clockLeadSeconds: number | undefined
  /** Why its log is missing. */
  readonly problem: string | undefined
}

/** What a node has answered to LOGS. */
export function nodeLog({ node, sections }: Examination): NodeLog {
  const section = (name: string) => sections.get(name) ?? ''
  const hours = parseHours(section('hours'), Number(section('date')) * 1000)
  const lines = section('lines')
  const begin = timeOfLine(section('begin'), hours)
  const first = timeOfLine(lines.slice(0, lines.indexOf('\n')), hours)
  const context = { node, sessions: parseSessions(section('sessions')) }
  return {
    node,
    begin: isCut(lines) ? first : begin,
    problem: problemOf(section('log'), { isMissing: section('missing') !== '', begin }),
    events: [...parsePacemakerLog(lines, { node, hours }), ...parseSessionLog(section('journal'), context)],
  }
}

/** Whether earlier lines were left out. */
function isCut(lines: string): boolean {
  // without the line in which it was cut
  return lines.length > LOG_BYTES - 1000
}

function problemOf(
  path: string,
  { isMissing, begin }: { readonly isMissing: boolean; readonly begin: number | undefined },
): string | undefined {
  if (isMissing) return `there is no ${path}, Pacemaker's log (PCMK_logfile)`
  return begin === undefined ? `${path} has no line with a time that can be read` : undefined
}
