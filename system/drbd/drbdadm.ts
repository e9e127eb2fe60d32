import type { Finished, RunOptions, System, Tool } from '../system.ts'

const drbdadm: Tool = { name: 'drbdadm', package: 'drbd-utils' }
export const drbdsetup: Tool = { name: 'drbdsetup', package: 'drbd-utils' }

/**
 * Exit statuses of drbdadm and drbdsetup. They tell little: an `adjust` that fails ends with `general` whatever failed in it,
 * and `refused` is said of configurations by drbdadm and of requests by the kernel.
 * @see drbd-utils 9.22: user/shared/shared_main.h; print_config_error() in user/v84/drbdsetup.c and user/v9/drbdsetup.c
 */
export const drbdExit = {
  success: 0,
  /** Wrong use; a resource that is not configured; any failure within an adjust. */
  general: 1,
  syntaxError: 2,
  /** The disk was worse than outdated already. */
  lowerThanOutdated: 5,
  /** The configuration is damaged, or the kernel refused a request. */
  refused: 10,
  /** The kernel refused to change a state: held open, another primary, in transition. */
  stateChangeRefused: 11,
  noLocalDisk: 16,
  noUpToDateData: 17,
  /** A command could not be run, or did not end in drbdadm's own time. */
  execution: 20,
} as const

const ATTEMPTS = 5

/** Runs drbdadm on this node, whatever other clouds are being destroyed meanwhile. */
export function runDrbdadm(system: System, args: readonly string[], options: RunOptions): Promise<Finished> {
  return retryIfConfigVanished(() => system.run(drbdadm, args, options))
}

/**
 * Runs what runs drbdadm, again if need be: drbdadm lists the files of all resources, opens one after the other, and ends, having done
 * nothing, when one is gone meanwhile because another cloud is being destroyed.
 */
export async function retryIfConfigVanished(run: () => Promise<Finished>): Promise<Finished> {
  let finished = await run()
  for (let attempt = 1; attempt < ATTEMPTS && LOST_FILE.test(finished.stderr); attempt++) finished = await run()
  return finished
}

/** Said of a link that leads nowhere, too. */
const LOST_FILE = /^\S+:\d+: Failed to open include file /m
