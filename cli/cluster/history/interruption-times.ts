import type { Interruption, Moment } from '../../../cloud/history/interruption.ts'

/** How long it took from the first moment to the last, in seconds. */
export function secondsOf({ moments }: Interruption): number {
  return secondsBetween(moments[0], moments.at(-1)) ?? 0
}

/**
 * How long the target did not answer a vhost that kept its session, in seconds: from its last answer, or from the loss of the connection where
 * that is not known. Undefined where the logs do not say.
 */
export function pauseSecondsOf({ moments }: Interruption): number | undefined {
  const back = moments.findLast(({ what }) => what === 'sessionBack')
  const ofSame = moments.filter(({ node }) => node === back?.node)
  const lost = ofSame.find(({ what }) => what === 'lastAnswer' || what === 'connectionLost')
  return secondsBetween(lost, back)
}

/** The seconds since the moment before, for each of the moments; undefined for the first. */
export function stepsOf({ moments }: Interruption): (number | undefined)[] {
  return moments.map((moment, index) => secondsBetween(moments[index - 1], moment))
}

function secondsBetween(from: Moment | undefined, to: Moment | undefined): number | undefined {
  return from && to && (to.at - from.at) / 1000
}
