import type { LogEvent } from './log-event.ts'

interface SessionContext {
  readonly node: string
  /** The targets of the sessions that the node has now, by their numbers. */
  readonly sessions: ReadonlyMap<string, string>
}

/** The targets of a node's sessions by their numbers, from lines like `session3 iqn.2026-01.org.vhacs:lab:c0`. */
export function parseSessions(text: string): ReadonlyMap<string, string> {
  const lines = text.split('\n').map(line => /^session(\d{1,9}) (\S{1,223})$/.exec(line))
  return new Map(lines.flatMap(found => (found?.[1] && found[2] ? [[found[1], found[2]] as const] : [])))
}

/** Longer than any line that matters here. */
const LONGEST = 1000

/** A line of `journalctl -o short-unix` by the kernel or iscsid. */
const LINE = /^(\d{1,12}\.\d{6}) \S+ (?:kernel|iscsid\[\d+\]): +(.+)$/

/** Iscsid names the target of a new connection, and later, like the kernel, only the number of the session. */
const OPERATIONAL = /^Connection(\d+):\d+ to \[target: (\S+), portal: \S+\] through \[[^\]]*\] is operational now/
const RECOVERED = /^connection(\d+):\d+ is operational after recovery/
const LOST = /^connection(\d+):\d+: detected conn error/

/**
 * When a node's sessions lost their connections and had them again, from what its kernel and iscsid wrote to the journal, in the order of its
 * lines. The time of the last answer of a target is known where the kernel gave up for the lack of one.
 * @see Linux, drivers/scsi/libiscsi.c: iscsi_check_transport_timeouts(); open-iscsi, usr/initiator.c
 */
export function parseSessionLog(text: string, { node, sessions }: SessionContext): LogEvent[] {
  const targets = new Map(sessions)
  return text.split('\n').flatMap(line => {
    const [, seconds, message = ''] = line.length > LONGEST ? [] : (LINE.exec(line) ?? [])
    if (seconds === undefined) return []
    const at = Math.round(Number(seconds) * 1000)
    const [, opened, target] = OPERATIONAL.exec(message) ?? []
    if (opened !== undefined && target !== undefined) targets.set(opened, target)
    return factsIn(message).flatMap(({ kind, session, earlier }) => {
      const iqn = targets.get(session)
      return iqn === undefined ? [] : [{ at: at - earlier, log: node, fact: { kind, iqn, node } }]
    })
  })
}

interface Found {
  readonly kind: 'lastAnswer' | 'connectionLost' | 'sessionBack'
  readonly session: string
  /** How long before the line, in milliseconds. */
  readonly earlier: number
}

function factsIn(message: string): Found[] {
  const silence = silenceIn(message)
  const [, lost] = LOST.exec(message) ?? []
  const [, back] = RECOVERED.exec(message) ?? []
  return [
    ...(silence === undefined ? [] : [silence]),
    ...(lost === undefined ? [] : [{ kind: 'connectionLost', session: lost, earlier: 0 } as const]),
    ...(back === undefined ? [] : [{ kind: 'sessionBack', session: back, earlier: 0 } as const]),
  ]
}

const SILENCE =
  /^connection(\d+):\d+: ping timeout of (\d{1,5}) secs expired, recv timeout (\d{1,5}), last rx (\d{1,20}), last ping \d{1,20}, now (\d{1,20})/

/** More than any time-outs of a session. */
const LONGEST_SILENCE_SECONDS = 86_400

/** Ticks in a second, as distributions build their kernels. */
const TICKS = [1000, 250, 100]

/** The kernel counts in ticks, and has waited at least the sum of its two time-outs. */
function silenceIn(message: string): Found | undefined {
  const [, session, ping, receive, last, now] = SILENCE.exec(message) ?? []
  if (session === undefined) return undefined
  const ticks = Number(BigInt(now ?? 0) - BigInt(last ?? 0))
  const perSecond = TICKS.find(each => ticks / each >= Number(ping) + Number(receive))
  if (perSecond === undefined || ticks / perSecond > LONGEST_SILENCE_SECONDS) return undefined
  return { kind: 'lastAnswer', session, earlier: Math.round((ticks / perSecond) * 1000) }
}
