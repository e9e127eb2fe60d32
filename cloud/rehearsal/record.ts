import { parseNodeName } from '../names.ts'
import { type NodeAttributes, recordsIn, rehearsalAttribute } from '../node-attributes.ts'

/*
 * The result of the last rehearsal of a cloud: a permanent attribute of its first storage node, which all nodes see, no agent reads,
 * and Pacemaker's tools accept under any name.
 */

/** The result of a rehearsal. */
export interface Rehearsal {
  /** When it ended, in ISO 8601 to the second. */
  readonly at: string
  /** The node that the export was moved to, and back from. */
  readonly node: string
  /** For how long the I/O of the mount paused at the move there and at the move back; undefined if it failed. */
  readonly pauseSeconds: readonly [there: number, back: number] | undefined
  /** Why it failed. */
  readonly reason: string | undefined
}

/** The longest reason that is kept. */
const LONGEST = 500

/** The value of the attribute. */
export function rehearsalText({ at, node, pauseSeconds, reason = 'for an unknown reason' }: Rehearsal): string {
  if (pauseSeconds) return `${at} passed ${node} ${pauseSeconds.map(seconds => seconds.toFixed(1)).join(' ')}`
  return `${at} failed ${node} ${reason.length <= LONGEST ? reason : `${reason.slice(0, LONGEST)}…`}`
}

const FORM =
  /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) (?:passed (\S{1,254}) (\d{1,6}\.\d) (\d{1,6}\.\d)|failed (\S{1,254}) (\S.*))$/

/** @throws RangeError for a value of another form. */
export function parseRehearsal(text: string): Rehearsal {
  const [, at = '', good, there, back, bad, reason] = FORM.exec(text) ?? []
  if (Number.isNaN(Date.parse(at))) throw new RangeError('the result of a rehearsal is expected')
  const node = parseNodeName(good ?? bad ?? '')
  return { at, node, pauseSeconds: good === undefined ? undefined : [Number(there), Number(back)], reason }
}

/** The last rehearsal of a cloud; undefined if there was none. A value of another form counts as none. */
export function lastRehearsal(cloud: string, nodes: readonly NodeAttributes[]): Rehearsal | undefined {
  const found = recordsIn(nodes, rehearsalAttribute(cloud), parseRehearsal)
  // the storage nodes may have been exchanged since
  return found.sort((one, other) => Date.parse(other.at) - Date.parse(one.at))[0]
}
