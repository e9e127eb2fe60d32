import type { System } from '../../system/system.ts'
import type { Print } from '../run/steps.ts'
import { roundedSize } from '../terminal/sizes.ts'

const PAUSE_SECONDS = 10

/** Prints from time to time how much of that size was copied; of what has an unknown size, how much it was so far. */
export function copyProgress(
  { system, print }: { readonly system: Pick<System, 'now'>; readonly print: Print },
  sizeBytes: number | undefined,
): (bytes: number) => void {
  let printedAt = system.now()
  return bytes => {
    if (system.now() - printedAt < PAUSE_SECONDS * 1000) return
    printedAt = system.now()
    const whole = sizeBytes === undefined ? '' : ` of ${roundedSize(sizeBytes)}`
    print(`${roundedSize(bytes)}${whole} copied`)
  }
}
