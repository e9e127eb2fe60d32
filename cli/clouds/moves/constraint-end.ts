import type { System } from '../../../system/system.ts'

/** Longer than the wait for a move. */
const LIFETIME_SECONDS = 600

/** When the constraint of a move that begins now is to expire: nobody removes it if this process or its node dies. */
export function constraintEnd(system: System): string {
  return isoTime(system.now() + LIFETIME_SECONDS * 1000)
}

/** A time in ISO 8601, to the second. */
export function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z')
}
