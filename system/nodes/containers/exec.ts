import { cgroupOf, unitOf } from '../../nspawn/unit.ts'
import { type Finished, type System, ToolFailed } from '../../system.ts'
import { runScriptWithInputOn, script } from '../script.ts'
import { FIND_INIT } from './find-init.ts'

/** An operator's command may take long. */
const TIMEOUT_SECONDS = 24 * 3600

/** Runs the command $2 in the container $1 as its root, or the script of the input if that is a dash; $3 is its control group. */
export const EXEC = script`${FIND_INIT}
if [ "$2" = - ]; then set -- -s; else set -- -c "$2"; fi
exec nsenter --target "$init" --all --root "--wd=/proc/$init/root" -- /usr/bin/env -i HOME=/root USER=root LOGNAME=root SHELL=/bin/sh \\
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin sh "$@"
`

interface Command {
  /** For a shell. */
  readonly command: string
  /** A script for the shell, instead of the command. */
  readonly script: string | undefined
  readonly signal: AbortSignal
}

/** Runs a command in a container of a node, whatever its exit status. */
export async function runInContainer(
  system: System,
  node: string,
  container: string,
  { command, script: input, signal }: Command,
): Promise<Finished> {
  const values = [container, input === undefined ? command : '-', cgroupOf(unitOf(container))]
  try {
    return await runScriptWithInputOn(system, node, {
      text: EXEC,
      values,
      timeoutSeconds: TIMEOUT_SECONDS,
      signal,
      ...(input !== undefined && { input }),
    })
  } catch (error) {
    if (error instanceof ToolFailed) return error.finished
    throw error
  }
}
