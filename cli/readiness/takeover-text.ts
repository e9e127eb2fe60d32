import type { Takeover } from '../../cloud/readiness/takeovers.ts'

/** When a takeover would be due: `if node1 is lost`. */
export function occasion({ without, when }: Takeover): string {
  if (when.includes('loss')) return `if ${without} is lost`
  return `if ${without} is put in standby`
}

/** What is taken over: `the export of c0`. */
export function partText({ part, cloud }: Takeover): string {
  return `the ${part} of ${cloud}`
}
