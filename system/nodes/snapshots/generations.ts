/** The generations of the data of one side, by its meta-data. */
export interface Generations {
  /** The current one, without the bit that says whether the side was primary; in hexadecimal. */
  readonly current: string
  /** Whether it knows of no block that the peer does not have. */
  readonly isComplete: boolean
  readonly isUpToDate: boolean
  /** Whether the side was primary when its node stopped without a demotion, and has not seen its peer since. */
  readonly wasPrimary: boolean
}

/** The place among the flags behind the first two: primary, connected, all bits are being set, the peer is outdated, crashed primary. */
const CRASHED_PRIMARY = 5

/** current, bitmap, two of the history, then flags: consistent, was up to date, … */
const GENERATIONS = /^([0-9A-F]{16}):([0-9A-F]{16})(?::[0-9A-F]{16}){2}:([01]):([01])((?::[01])*)$/i

/**
 * The output of `drbdadm get-gi`.
 * @throws RangeError for text of another form.
 * @see drbd-utils, user/shared/drbdmeta.c: dt_print_gc()
 */
export function parseGenerations(text: string): Generations {
  const line = text.split('\n').find(one => one.trim() !== '') ?? ''
  const [, current, bitmap, consistent, upToDate, flags = ''] = GENERATIONS.exec(line.trim()) ?? []
  if (current === undefined || bitmap === undefined)
    throw new RangeError(`expected the generations of DRBD's data, got ${JSON.stringify(line.slice(0, 60))}`)
  return {
    current: (BigInt(`0x${current}`) >> 1n).toString(16),
    isComplete: /^0*$/.test(bitmap),
    isUpToDate: consistent === '1' && upToDate === '1',
    wasPrimary: flags.split(':')[CRASHED_PRIMARY] === '1',
  }
}

/** Whether two sides have the same data, so that DRBD would copy nothing that differs when they connect. */
export function areSame(one: Generations, other: Generations): boolean {
  const isGood = ({ isComplete, isUpToDate }: Generations) => isComplete && isUpToDate
  return isGood(one) && isGood(other) && one.current === other.current
}
