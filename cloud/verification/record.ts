import { type NodeAttributes, recordsIn, verificationAttribute } from '../node-attributes.ts'

/*
 * The result of the last verification of a cloud that came to its end: a permanent attribute of its first storage node, like that of a
 * rehearsal.
 */

const OUTCOMES = ['equal', 'equalised', 'different', 'repaired'] as const

/** The result of a verification. */
export interface Verification {
  /** When it ended, in ISO 8601 to the second. */
  readonly at: string
  /**
   * Both sides were equal; they were not, and what differed was copied: by the first verification, or later as the operator requested;
   * they are still different.
   */
  readonly outcome: (typeof OUTCOMES)[number]
  /** How much differed. */
  readonly differentBytes: number
  /** How long it took. */
  readonly seconds: number
}

/** The value of the attribute. */
export function verificationText({ at, outcome, differentBytes, seconds }: Verification): string {
  return `${at} ${outcome} ${differentBytes} ${seconds}`
}

const FORM = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) ([a-z]{1,20}) (\d{1,16}) (\d{1,9})$/

/** @throws RangeError for a value of another form. */
export function parseVerification(text: string): Verification {
  const [, at = '', word, bytes, seconds] = FORM.exec(text) ?? []
  const outcome = OUTCOMES.find(one => one === word)
  if (outcome === undefined || Number.isNaN(Date.parse(at)))
    throw new RangeError('the result of a verification is expected')
  return { at, outcome, differentBytes: Number(bytes), seconds: Number(seconds) }
}

/** The last verification of a cloud; undefined if there was none. A value of another form counts as none. */
export function lastVerification(cloud: string, nodes: readonly NodeAttributes[]): Verification | undefined {
  const found = recordsIn(nodes, verificationAttribute(cloud), parseVerification)
  // the storage nodes may have been exchanged since
  return found.sort((one, other) => Date.parse(other.at) - Date.parse(one.at))[0]
}
