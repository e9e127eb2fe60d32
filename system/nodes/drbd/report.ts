import { parseDrbdStatus } from '../../drbd/drbdsetup-status.ts'
import { type DrbdVersion, parseProcDrbd, showsState, statusOfMinors } from '../../drbd/proc-drbd.ts'
import type { FoundDrbd } from '../../drbd/status.ts'
import { errorText } from '../../error-text.ts'
import type { System } from '../../system.ts'
import { excerpt, parseAnswer } from '../answer.ts'
import { runOn } from '../ssh.ts'

/** What DRBD of a node shows of its resources, whatever its version. */
export interface DrbdReport {
  readonly version: DrbdVersion
  /**
   * The status of a resource; undefined when it is not up. DRBD 8.4 finds it by the minor, DRBD 9 by the name.
   * @throws RangeError for text that DRBD does not print.
   */
  readonly statusOf: (resource: { readonly name: string; readonly minor: number }) => FoundDrbd
}

/**
 * The report in the text of /proc/drbd and, for DRBD 9, in the output of `drbdsetup status --json`; undefined when DRBD is not loaded.
 * @throws RangeError for text of another form.
 */
export function parseDrbdReport(text: string, status: string): DrbdReport | undefined {
  // if the file does not exist, cat prints nothing to stdout
  if (!/^version: \d/m.test(text)) return undefined
  const proc = readable(
    () => parseProcDrbd(text),
    () => `expected the text of /proc/drbd, got ${excerpt(text)}`,
  )
  return {
    version: proc.version,
    statusOf: ({ name, minor }) => {
      if (!showsState(proc)) return readable(() => parseDrbdStatus(status, name), errorText)
      return proc.minors.has(minor) ? statusOfMinors(proc, [minor]) : undefined
    },
  }
}

function readable<T>(read: () => T, message: (cause: unknown) => string): T {
  try {
    return read()
  } catch (cause) {
    throw new RangeError(message(cause), { cause })
  }
}

/** How long a table waits for DRBD of a node, which hangs with some faults of disks. */
const TIMEOUT_SECONDS = 30

/**
 * The report of a node, undefined when DRBD is not loaded there; and whether it has all of these files.
 * @throws ToolFailed, naming the node.
 */
export async function drbdReportOn(
  system: System,
  node: string,
  files: readonly string[] = [],
): Promise<{ readonly report: DrbdReport | undefined; readonly hasFiles: boolean }> {
  const options = { looks: true, timeoutSeconds: TIMEOUT_SECONDS } as const
  // 1: one of them does not exist
  const proc = await runOn(system, node, ['cat', '/proc/drbd', ...files], { ...options, accepted: [0, 1] })
  const hasFiles = proc.status === 0
  const known = parseAnswer(proc, text => parseDrbdReport(text, ''))
  if (known === undefined || showsState(known)) return { report: known, hasFiles }
  const { stdout } = await runOn(system, node, ['drbdsetup', 'status', '--json'], options)
  return { report: parseDrbdReport(proc.stdout, stdout), hasFiles }
}
