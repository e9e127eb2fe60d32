import { requestsInFlight } from '../../drbd/drbdsetup-status.ts'
import { inFlightIn, parseProcDrbd, showsState } from '../../drbd/proc-drbd.ts'
import { errorText } from '../../error-text.ts'
import type { System } from '../../system.ts'
import { parseAnswer } from '../answer.ts'
import { runOn } from '../ssh.ts'

const READ_ONLY = { looks: true, timeoutSeconds: 15 } as const

/**
 * How many requests of a DRBD resource are under way on a node, from its users to the disks of both sides.
 * @throws ToolFailed, also where DRBD does not show it.
 */
export async function inFlightOn(
  system: System,
  node: string,
  { name, minor }: { readonly name: string; readonly minor: number },
): Promise<number> {
  const proc = await runOn(system, node, ['cat', '/proc/drbd'], READ_ONLY)
  const isShown = parseAnswer(proc, text => known(() => showsState(parseProcDrbd(text)), name))
  if (isShown) return parseAnswer(proc, text => known(() => inFlightIn(text, minor), name))
  const status = await runOn(system, node, ['drbdsetup', 'status', name, '--json'], READ_ONLY)
  return parseAnswer(status, text => known(() => requestsInFlight(text, name), name))
}

function known<T>(read: () => T | undefined, name: string): T {
  let found: T | undefined
  try {
    found = read()
  } catch (cause) {
    throw new RangeError(errorText(cause), { cause })
  }
  if (found === undefined) throw new RangeError(`it does not show what is under way in ${name}`)
  return found
}
