import { Command, CommanderError } from 'commander'
import type { System } from '../system/system.ts'
import { nodeCommand } from './node.ts'
import { messageOf } from './steps.ts'
import { storageCommand } from './storage.ts'
import type { Terminal } from './terminal.ts'

/** The command worked, something failed, or it was called wrongly. */
export const status = { success: 0, failed: 1, usage: 2 } as const

/** Runs the vhacs command; returns its exit status. */
export async function vhacs(args: readonly string[], system: System, terminal: Terminal): Promise<number> {
  const program = new Command('vhacs')
    .description('highly available block storage, and the mounts on top of it, for small Linux clusters')
    .version(VHACS_VERSION, '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .addCommand(nodeCommand(system, terminal))
    .addCommand(storageCommand(system, terminal))
  for (const command of [program, ...program.commands])
    command.exitOverride().configureOutput({
      writeOut: text => terminal.print(text.trimEnd()),
      writeErr: text => terminal.printError(text.trimEnd()),
    })
  try {
    await program.parseAsync(args, { from: 'user' })
    return status.success
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? status.success : status.usage
    terminal.printError(`vhacs: ${messageOf(error)}`)
    return error instanceof RangeError ? status.usage : status.failed
  }
}
