import type { Verification } from '../../../cloud/verification/record.ts'
import { roundedSize } from '../../terminal/sizes.ts'
import { ageText } from '../rehearse/last-rehearsal.ts'

/** The result of the last verification of a storage, as JSON shows it. */
export interface LastVerification {
  readonly at: string
  readonly ageSeconds: number
  readonly outcome: Verification['outcome']
  /** Whether the sides are equal since then, as far as is known. */
  readonly isEqual: boolean
  readonly differentBytes: number
  /** How long it took. */
  readonly durationSeconds: number
}

/** For JSON; `now` is in milliseconds since the epoch. */
export function lastVerificationObject(found: Verification, now: number): LastVerification {
  const { at, outcome, differentBytes, seconds } = found
  const ageSeconds = Math.max(0, Math.round((now - Date.parse(at)) / 1000))
  return { at, ageSeconds, outcome, isEqual: outcome !== 'different', differentBytes, durationSeconds: seconds }
}

/** For people: `equal 3 days ago`. */
export function lastVerificationText(found: LastVerification | null): string {
  if (found === null) return 'never'
  const { outcome, ageSeconds, differentBytes } = found
  const age = ageText(ageSeconds)
  const size = roundedSize(differentBytes)
  if (outcome === 'equal') return `equal ${age}`
  if (outcome === 'equalised') return `equal ${age}, after ${size} were copied: it was the first`
  if (outcome === 'repaired') return `${size} differed ${age}, and were copied since`
  return `DIFFERENT ${age}: ${size}`
}
