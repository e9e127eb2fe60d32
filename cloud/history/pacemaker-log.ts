import { primitiveId } from '../ids.ts'
import type { Action, Fact, LogEvent, NodeFact, Reason } from './log-event.ts'

/** What is known of a log besides its lines. */
export interface LogContext {
  readonly node: string
  /** When its hours began, see parseHours. */
  readonly hours: ReadonlyMap<string, number>
}

/** Longer than any line that matters here. */
const LONGEST = 1000

/**
 * What the controller of a node has logged about storages and nodes, in the order of its lines; others are ignored. The forms are those of
 * Pacemaker 2.0 to 3.0.
 * @see Pacemaker, daemons/controld: controld_execd.c, controld_te_actions.c, controld_te_events.c, controld_fencing.c;
 * lib/cluster/membership.c
 */
export function parsePacemakerLog(text: string, { node, hours }: LogContext): LogEvent[] {
  return text.split('\n').flatMap(line => {
    if (line.length > LONGEST) return []
    const [, message = ''] = MESSAGE.exec(line) ?? []
    const fact = factIn(message)
    const at = fact && timeOfLine(line, hours)
    return fact === undefined || at === undefined ? [] : [{ at, log: node, fact }]
  })
}

/** `Nov 29 16:17:34.854 node2 pacemaker-controld  [309] (execute_rsc_action) \tnotice: MESSAGE`; with some settings, less in front. */
const MESSAGE = /^\S+ \S+ \S+ \S+ pacemaker-controld *\[\d+\] (?:\([\w-]+\) )?\s?[a-z]+: (.+)$/

/** When a line of Pacemaker's log was written, in milliseconds since the epoch; undefined without a time, or one of an unknown hour. */
export function timeOfLine(line: string, hours: ReadonlyMap<string, number>): number | undefined {
  const [, hour = '', minutes, seconds] = /^([A-Z][a-z]{2} \d\d \d\d):(\d\d):(\d\d(?:\.\d{1,9})?) /.exec(line) ?? []
  const begin = hours.get(hour)
  return begin === undefined ? undefined : begin + Math.round((Number(minutes) * 60 + Number(seconds)) * 1000)
}

function factIn(message: string): Fact | undefined {
  for (const read of READERS) {
    const fact = read(message)
    if (fact !== undefined) return fact
  }
  return undefined
}

const READERS: readonly ((message: string) => Fact | undefined)[] = [
  begun,
  ended,
  ofExecutingNode,
  membership,
  fencingRequest,
  fencingResult,
  cause,
]

function begun(message: string): Fact | undefined {
  const [, action, operation = '', node] =
    /^Initiating (start|stop|promote|demote) operation (\S+)(?: locally)? on (\S+)/.exec(message) ?? []
  if (action === undefined || node === undefined) return undefined
  return { kind: 'begun', action: action as Action, resource: resourceOf(operation), node }
}

/** By the coordinator. What the transition does not expect any more has happened, too. */
function ended(message: string): Fact | undefined {
  const [, operation = '', node, result = ''] =
    /^Transition -?\d+ action -?\d+ \((\S+) on (\S+)\)(.+)$/.exec(message) ?? []
  if (node === undefined) return undefined
  const resource = resourceOf(operation)
  if (/_monitor_[1-9]\d*$/.test(operation))
    return result.startsWith(': expected ') ? { kind: 'monitorFailed', resource, node } : undefined
  if (operation.endsWith('_monitor_0')) return probe(result, { resource, node })
  const [, action] = /_(start|stop|promote|demote)_0$/.exec(operation) ?? []
  const [, code] = / rc=(\d+)/.exec(result) ?? []
  if (action === undefined || code === undefined) return undefined
  const [, call = ''] = / call-id=(\d+)/.exec(result) ?? []
  const done = { kind: 'done', action: action as Action, resource, node, call, isOk: code === '0' } as const
  return { ...done, isOfCoordinator: true, ...(result.startsWith(': arrived ') && { isLate: true }) }
}

function probe(result: string, { resource, node }: { readonly resource: string; readonly node: string }) {
  const [, found] = /^: expected 'not running' but got '(ok|promoted|master)/i.exec(result) ?? []
  return found === undefined
    ? undefined
    : ({ kind: 'found', resource, node, isPromoted: found.toLowerCase() !== 'ok' } as const)
}

/** By the node that acted. Pacemaker 2.0 has `0 (ok)`. */
function ofExecutingNode(message: string): Fact | undefined {
  const [, action, resource = '', node, result = ''] =
    /^Result of (start|stop|promote|demote) operation for (\S+) on ([^\s:]+): (.+)$/.exec(message) ?? []
  if (action === undefined || node === undefined) return undefined
  const [, call = ''] = / call=(\d+)/.exec(result) ?? []
  const isOk = /^(0 \()?ok\b/i.test(result)
  return {
    kind: 'done',
    action: action as Action,
    resource: primitiveId(resource),
    node,
    call,
    isOk,
    isOfCoordinator: false,
  }
}

function membership(message: string): Fact | undefined {
  const [, node, state] = /^Node (\S+) state is now (lost|member)\b/.exec(message) ?? []
  return node === undefined ? undefined : { kind: state as NodeFact['kind'], node }
}

function fencingRequest(message: string): Fact | undefined {
  const [, node] = /^Requesting fencing \(\w+\) (?:of|targeting) node (\S+)/.exec(message) ?? []
  return node === undefined ? undefined : { kind: 'fencingRequested', node }
}

function fencingResult(message: string): Fact | undefined {
  const [, node, failed, by] = /^Peer (\S+) was( not)? terminated \(\w+\) by (\S+) /.exec(message) ?? []
  if (node === undefined || by === undefined) return undefined
  return { kind: failed === undefined ? 'fenced' : 'fencingFailed', node, by }
}

/** What the coordinator schedules anew for. */
const CAUSES: readonly (readonly [RegExp, Reason])[] = [
  [/ by rsc_location\.cli-(ban|prefer)-\S+ 'create'/, 'constraint'],
  [/ by (nodes|status)-\S+-standby doing (create|modify) standby=(on|true)\b/, 'standby'],
  [/ by status-\S+-shutdown doing (create|modify) shutdown=[1-9]/, 'shutdown'],
]

function cause(message: string): Fact | undefined {
  if (!/^Transition -?\d+ aborted /.test(message)) return undefined
  // made for the move there, and changed or made anew for the one back
  const [, cloud] = /([a-z][a-z0-9-]{0,31})-rehearsal-location\b/i.exec(message) ?? []
  if (cloud !== undefined) return { kind: 'cause', reason: 'rehearsal', cloud }
  const [, reason] = CAUSES.find(([form]) => form.test(message)) ?? []
  return reason === undefined ? undefined : { kind: 'cause', reason }
}

/** Of an operation such as `c0-lvm:1_start_0`. */
function resourceOf(operation: string): string {
  return primitiveId(operation.replace(/_[a-z]+_\d+$/, ''))
}
