import type { TerminalOptions } from '../../file-status.ts'
import { cgroupOf, unitOf } from '../../nspawn/unit.ts'
import type { System } from '../../system.ts'
import { runScriptAtTerminalOn, script } from '../script.ts'
import { FIND_INIT } from './find-init.ts'

/**
 * Opens a shell in the container $1 as its root, for a terminal of the type $2; $3 is its control group. script(1) puts a terminal of its own between: whatever
 * has the operator's could type into it (TIOCSTI), and what is typed there runs on the node as soon as the shell has ended.
 */
export const SHELL = script`${FIND_INIT}
export init TERM="$2" SHELL=/bin/sh
exec script --quiet --return --command 'exec nsenter --target "$init" --all --root "--wd=/proc/$init/root" -- /usr/bin/env -i \\
    HOME=/root USER=root LOGNAME=root SHELL=/bin/sh TERM="$TERM" PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \\
    sh -c "cd; exec \\$(command -v bash || echo sh) -l"' /dev/null
`

/**
 * Opens a shell in a container of a node at the operator's terminal. Returns the shell's exit status; 1 also where the container does not run.
 * @throws ToolFailed where the node is unreachable.
 */
export function openShell(
  system: System,
  node: string,
  {
    container,
    terminalType,
    ...options
  }: { readonly container: string; readonly terminalType: string } & TerminalOptions,
): Promise<number> {
  const values = [container, terminalType, cgroupOf(unitOf(container))]
  return runScriptAtTerminalOn(system, node, { text: SHELL, values, ...options })
}
