/**
 * The answer of a fence-peer handler, as an exit status. DRBD resumes I/O, or promotes, after 3, 4 and 7, and after 5 if the data
 * here are UpToDate. After 6 it makes the data here Outdated.
 * @see drbd.conf(5), "fencing"; Linux, drivers/block/drbd/drbd_nl.c: conn_try_outdate_peer()
 */
export const answers = {
  /** Unknown: I/O stays suspended, a promotion is refused. */
  unknown: 1,
  peerInconsistent: 3,
  peerOutdated: 4,
  peerDown: 5,
  peerPrimary: 6,
  peerFenced: 7,
} as const

export type AnswerCode = (typeof answers)[keyof typeof answers]

/** An answer and its reason. */
export interface Answer {
  readonly code: AnswerCode
  readonly why: string
  /** DRBD needs none any more, and continues whatever it is. */
  readonly isMoot?: true
}

/** Change the constraint: it must have the mark of this call, and allow these nodes alone, before this node may continue. */
export interface Change {
  readonly kind: 'place' | 'renew'
  /** This node first. */
  readonly allowed: readonly string[]
}

/** What to do about a lost peer. */
export type Decision =
  | ({ readonly kind: 'answer' } & Answer)
  /** A fact must become known first. */
  | { readonly kind: 'wait'; readonly why: string }
  | Change
  /**
   * The answer is valid once the peer has answered: then the CIB's state of the peer is current, and the peer has received the
   * constraint.
   */
  | ({ readonly kind: 'confirm' } & Answer)

export const answer = (code: AnswerCode, why: string): Decision => ({ kind: 'answer', code, why })
export const wait = (why: string): Decision => ({ kind: 'wait', why })
