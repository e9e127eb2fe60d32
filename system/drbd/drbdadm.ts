import type { Finished, RunOptions, System, Tool } from '../system.ts'

const drbdadm: Tool = { name: 'drbdadm', package: 'drbd-utils' }
export const drbdsetup: Tool = { name: 'drbdsetup', package: 'drbd-utils' }

/**
 * Exit statuses of drbdadm and drbdsetup. They are not specific: a failed `adjust` exits with `general` whatever the cause, and
 * `refused` is used by drbdadm for a configuration and by the kernel for a request.
 * @see drbd-utils 9.22: user/shared/shared_main.h; print_config_error() in user/v84/drbdsetup.c and user/v9/drbdsetup.c
 */
export const drbdExit = {
  success: 0,
  /** Wrong usage; a resource that is not configured; any failure within an adjust. */
  general: 1,
  syntaxError: 2,
  /** The disk was already in a worse state than Outdated. */
  lowerThanOutdated: 5,
  /** The configuration cannot be parsed, or the kernel refused a request. */
  refused: 10,
  /** The kernel refused to change a state: the device is open, the peer is primary, or a state is in transition. */
  stateChangeRefused: 11,
  noLocalDisk: 16,
  noUpToDateData: 17,
  /** A command could not be run, or exceeded drbdadm's own timeout. */
  execution: 20,
} as const

/** What ends a tool in time. The signal is read when one is run: a monitor that runs none has none made. */
export type Bound = Required<Pick<RunOptions, 'signal'>>

const ATTEMPTS = 5

/** Runs drbdadm on this node; works even while other clouds are being destroyed. */
export function runDrbdadm(system: System, args: readonly string[], options: RunOptions): Promise<Finished> {
  return retryIfConfigVanished(() => system.run(drbdadm, args, options))
}

/**
 * Retries a run of drbdadm that failed because a configuration file vanished: drbdadm lists the files of all resources, opens
 * them one by one, and exits without any change when one was removed in between because another cloud is being destroyed.
 */
export async function retryIfConfigVanished(run: () => Promise<Finished>): Promise<Finished> {
  let finished = await run()
  for (let attempt = 1; attempt < ATTEMPTS && LOST_FILE.test(finished.stderr); attempt++) finished = await run()
  return finished
}

/** Also printed for a dangling link. */
const LOST_FILE = /^\S+:\d+: Failed to open include file /m

/**
 * The pid of the process that is changing the role of the device, and for which a tool of DRBD 8.4 did not wait; undefined if it failed for
 * another reason. That process may have been given up: the kernel completes a promotion when its fence-peer handler ends, even if the process
 * was killed.
 */
export function lockHolder({ stderr }: Finished): number | undefined {
  const pid = /^lock on \S+ currently held by pid:(\d+)$/m.exec(stderr)?.[1]
  return pid === undefined ? undefined : Number(pid)
}
