import { openShell } from '../../system/nodes/containers/shell.ts'
import { monitorCluster } from '../../system/pacemaker/cib/cib.ts'
import { readCib } from '../clouds/read-cib.ts'
import { ProgramStatus } from '../command/program-status.ts'
import type { Call } from '../command/verb.ts'
import { runningNodeOf } from './parts.ts'
import { selectVservers } from './select.ts'

/** A name in terminfo(5). Programs know `dumb` on every node, and it promises nothing. */
const TERMINAL_TYPE = /^[a-z0-9][\w.+-]{0,63}$/i

/**
 * vhacs vserver --shell
 * @throws ProgramStatus for a shell that exits with anything but 0.
 */
export async function openVserverShell({ system, terminal, value }: Call): Promise<void> {
  const { terminalType, interruption } = terminal
  const [vserver, ...others] = selectVservers(value, (await readCib(system)).cluster)
  if (vserver === undefined || others.length > 0) throw new RangeError('--shell: name one vserver')
  const { name } = vserver
  if (terminalType === undefined)
    throw new RangeError(
      `--shell needs a terminal for its input and output: without one, run a command with "vhacs vserver ${name} --exec COMMAND"`,
    )
  const node = runningNodeOf(await monitorCluster(system), vserver)
  const type = TERMINAL_TYPE.test(terminalType) ? terminalType : 'dumb'
  const status = await openShell(system, node, { container: name, terminalType: type, signal: interruption })
  interruption.throwIfAborted()
  if (status !== 0) throw new ProgramStatus(status)
}
