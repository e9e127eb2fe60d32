import type { Interruption, Moment, Part, Route, What } from '../../../cloud/history/interruption.ts'
import { pauseSecondsOf, secondsOf, stepsOf } from './interruption-times.ts'

/** For people: what was interrupted, and below it each moment with the seconds since the one before. */
export function interruptionLines(found: Interruption): string[] {
  const { cloud, vserver, moments, isComplete, kind } = found
  const steps = stepsOf(found)
  const pause = pauseSecondsOf(found)
  const title = [
    `${vserver === undefined ? cloud : `${vserver} on ${cloud}`}, ${localTime(moments[0]?.at ?? 0).slice(0, -4)}: ${pathText(found)}`,
    `${secondsText(secondsOf(found))}${isComplete || kind === 'stop' ? '' : ', and not up again in the logs'}`,
    ...(pause === undefined ? [] : [`the session had no answer for ${secondsText(pause)}`]),
  ].join(', ')
  return [
    title,
    ...moments.map((moment, index) => {
      const step = steps[index]
      const since = step === undefined ? '' : `+${secondsText(step)}`
      return `    ${localTime(moment.at).slice(11)} ${since.padStart(10)}  ${momentText(moment)}`
    }),
  ]
}

/** `2026-11-29 16:24:05.394`, in the zone of this node. */
export function localTime(milliseconds: number): string {
  const shifted = milliseconds - new Date(milliseconds).getTimezoneOffset() * 60_000
  return new Date(shifted).toISOString().slice(0, -1).replace('T', ' ')
}

function pathText(found: Interruption): string {
  const { kind, reason, export: exported, mount, container } = found
  const parts = [
    ...(exported ? [routeText('export', exported, kind)] : []),
    ...(mount ? [routeText('mount', mount, kind)] : []),
    ...(container ? [routeText('container', container, kind)] : []),
  ]
  return `${parts.join(', ')}${reason === undefined ? '' : ` (${REASONS[reason]})`}`
}

const REASONS: Readonly<Record<NonNullable<Interruption['reason']>, string>> = {
  standby: 'standby',
  shutdown: 'Pacemaker was stopped on a node',
  rehearsal: 'rehearsal',
  constraint: 'constraint',
}

function routeText(what: string, { from = '?', to }: Route, kind: Interruption['kind']): string {
  if (kind === 'stop') return `stop of the ${what} on ${from}`
  if (to === undefined) return `${kind} of the ${what} from ${from}`
  if (from === to) return `restart of the ${what} on ${to}`
  return `${kind} of the ${what} from ${from} to ${to}`
}

/** With NODE, PART and BY for those of the moment. */
const TEXTS: Readonly<Record<What, string>> = {
  lastAnswer: 'last answer of the target to NODE',
  connectionLost: 'connection to the target lost on NODE',
  nodeLost: 'NODE lost',
  fencingRequested: 'fencing of NODE requested',
  fenced: 'NODE fenced by BY',
  fencingFailed: 'fencing of NODE by BY failed',
  monitorFailed: 'monitor of PART failed on NODE',
  startFailed: 'start of PART failed on NODE',
  stopFailed: 'stop of PART failed on NODE',
  stopping: 'stop of PART begins on NODE',
  unmounted: 'unmounted on NODE',
  loggedOut: 'session closed on NODE',
  addressDown: 'address down on NODE',
  targetDown: 'target down on NODE',
  demoted: 'DRBD demoted on NODE',
  promoted: 'DRBD promoted on NODE',
  targetUp: 'target up on NODE',
  addressUp: 'address up on NODE',
  loggedIn: 'session up on NODE',
  mounted: 'mounted on NODE',
  sessionBack: 'session back on NODE',
  containerDown: 'container stopped on NODE',
  containerUp: 'container up on NODE',
}

const PARTS: Readonly<Record<Part, string>> = {
  drbd: 'DRBD',
  target: 'the target',
  address: 'the address',
  session: 'the session',
  filesystem: 'the file system',
  container: 'the container',
}

function momentText({ what, node, part, by }: Moment): string {
  const words = { NODE: node, PART: part && PARTS[part], BY: by }
  // all in one pass: what is put in is not searched
  return TEXTS[what].replace(/NODE|PART|BY/g, word => words[word as keyof typeof words] ?? '?')
}

function secondsText(seconds: number): string {
  return `${seconds.toFixed(1)} s`
}
