import { Missing, ToolFailed } from '../../../system/system.ts'
import { visibleText } from '../../../system/visible-text.ts'
import { DeadlineReached } from '../../deadline.ts'
import { type ExitCode, exit, OcfError } from '../../exit.ts'
import { logTag, type WriteLine } from '../../log.ts'
import type { ParameterEnvironment } from '../../parameters.ts'
import { briefReason } from './brief-reason.ts'

/** Longer reasons are cut off in the log. */
const LONGEST_REASON = 2000

/** The exit code for the error that stopped an action. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof OcfError) return error.code
  if (error instanceof Missing) return exit.notInstalled
  return exit.genericError
}

/** The reason why an action failed, for Pacemaker to show; an unexpected error is prefixed with the action. */
export function exitReason(error: unknown, action: string | undefined): string {
  if (error instanceof DeadlineReached) return `${action} timed out: ${error.message}`
  if (error instanceof OcfError || error instanceof Missing || error instanceof ToolFailed) return error.message
  return `${action}: ${error instanceof Error ? error.message : String(error)}`
}

/** A written reason: `brief` as Pacemaker keeps it, `whole` as in the log. */
export interface WrittenReason {
  readonly brief: string
  readonly whole: string
}

/**
 * Writes the reason as Pacemaker keeps it: the last line with the prefix. An abbreviated reason is also written in full, as a line
 * of its own, which Pacemaker logs. Control characters are written as escapes.
 */
export function writeExitReason(
  agent: string,
  { environment, writeError }: { readonly environment: ParameterEnvironment; readonly writeError: WriteLine },
  reason: string,
): WrittenReason {
  const prefix = environment.OCF_EXIT_REASON_PREFIX ?? 'ocf-exit-reason:'
  const line = visibleText(reason.trim().slice(0, LONGEST_REASON)).slice(0, LONGEST_REASON)
  const brief = briefReason(line)
  if (brief !== line) writeError(`${logTag(agent, environment)}: ERROR: ${line}\n`)
  writeError(`${prefix}${brief}\n`)
  return { brief, whole: line }
}
