import { drbdExit, retryIfConfigVanished } from '../drbd/drbdadm.ts'
import { type Finished, type RunOptions, type System, ToolFailed } from '../system.ts'
import { runOn } from './ssh.ts'

interface Options extends RunOptions {
  /** Seconds after which a waiting command is terminated. */
  readonly within?: number
  readonly accepted?: readonly number[]
}

/**
 * Runs drbdadm on a node of the cluster, also while other clouds are being destroyed there.
 * @throws ToolFailed, naming the node, for an exit status other than 0 or those in `accepted`.
 */
export async function drbdadmOn(
  system: System,
  node: string,
  args: readonly string[],
  { within, accepted = [0], ...options }: Options = {},
): Promise<Finished> {
  const command: [string, ...string[]] = ['drbdadm', ...args]
  const bounded: [string, ...string[]] = within === undefined ? command : ['timeout', String(within), ...command]
  const finished = await retryIfConfigVanished(() =>
    runOn(system, node, bounded, { ...options, accepted: [...accepted, drbdExit.refused] }),
  )
  if (finished.status === drbdExit.refused) throw new ToolFailed(finished)
  return finished
}
