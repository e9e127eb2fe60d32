import { drbdExit, retryIfConfigVanished } from '../../drbd/drbdadm.ts'
import { type Finished, type RunOptions, type System, ToolFailed } from '../../system.ts'
import { COMMAND_NOT_FOUND, runOn } from '../ssh.ts'

interface Options extends RunOptions {
  /** Seconds after which a waiting command is terminated. */
  readonly within?: number
  readonly accepted?: readonly number[]
}

/**
 * Runs drbdadm on a node of the cluster; works even while other clouds are being destroyed there.
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

/**
 * Takes a resource of a node down without its configuration, by its name in the kernel. Returns whether it is down afterwards: true
 * also if DRBD is not loaded or does not have the resource, false if drbdsetup is not installed.
 * @throws ToolFailed, naming the node, where DRBD refuses.
 */
export async function takeDownInKernel(system: System, node: string, resource: string): Promise<boolean> {
  const accepted = [0, drbdExit.refused, drbdExit.execution, COMMAND_NOT_FOUND]
  const finished = await runOn(system, node, ['drbdsetup', 'down', resource], { accepted })
  const { status, stderr } = finished
  if (status === COMMAND_NOT_FOUND) return false
  if (status !== drbdExit.success && !IS_ABSENT.test(stderr)) throw new ToolFailed(finished)
  return true
}

/** ERR_RES_NOT_KNOWN; no such resource (DRBD 9); the module is not loaded. */
const IS_ABSENT = /\(158\)|no such resource|could not connect to 'drbd' generic netlink/i

/**
 * Makes DRBD 9 of a node drop its peer with that number, if it has one: "drbdadm adjust" tells peers apart by their numbers only, and a new
 * one would keep the name of the old one. What DRBD refuses here, it refuses at the next adjust, too.
 * @throws ToolFailed, naming the node, where drbdsetup cannot be run.
 */
export async function dropPeer(system: System, node: string, resource: string, nodeId: number): Promise<void> {
  const accepted = [0, drbdExit.refused, drbdExit.stateChangeRefused]
  await runOn(system, node, ['drbdsetup', 'del-peer', resource, String(nodeId)], { accepted })
}
