import { DeadlineReached } from '../../ocf/deadline.ts'
import { errorText } from '../../system/error-text.ts'
import { exists, ignoreMissing } from '../../system/files.ts'
import { containerOf } from '../../system/nspawn/containers.ts'
import { isLoaded, systemctl, unitOf, unitState } from '../../system/nspawn/unit.ts'
import { type Mount, mountInfo } from '../../system/proc/mountinfo.ts'
import { runToSuccess, type System, type Tool } from '../../system/system.ts'
import type { ContainerContext } from './parameters.ts'

/*
 * What a container that was killed leaves on the node: its failed unit, which keeps the next one of that name from starting, and a mount
 * that systemd-nspawn 256 and later makes and refuses to find ("exists already, refusing").
 */

const umount: Tool = { name: 'umount', package: 'mount' }

/** systemd and umount(8) answer at once; each gets this many seconds, and the deadline bounds all of it. */
const TOOL_SECONDS = 5

/**
 * How long it may take to accept a request to stop. A busy one may need time, and the signal that follows without an answer would be the
 * second one if it has sent the first: the container would not shut down, but be terminated.
 */
const REQUEST_SECONDS = 20

/** How long systemd may take to notice that the last process has gone. */
const UNLOAD_SECONDS = 10

/** Where systemd-nspawn looks for the settings of a container, whose contents it trusts. @see systemd.nspawn(5) */
export function settingsCopy(machine: string): string {
  return `/run/systemd/nspawn/${machine}.nspawn`
}

/** The directory in which the container may offer sockets to the node, if it is mounted. */
export function exportMount(system: System, machine: string): Mount | undefined {
  const place = `/run/systemd/nspawn/unix-export/${machine}`
  return exists(system, place) ? mountInfo(system).find(({ mountPoint }) => mountPoint === place) : undefined
}

/** Removes what keeps a container of this name from starting; its processes have ended. What remains is logged: the start will say why. */
export async function removeRemains(context: ContainerContext): Promise<void> {
  const { parameters, system, deadline } = context
  const unit = unitOf(parameters.machine)
  const end = system.now() + Math.min(UNLOAD_SECONDS, deadline.remainingSeconds() / 2) * 1000
  while (isLoaded(system, unit) && system.now() < end) {
    await tolerate(context, () => forgetUnit(context, unit))
    if (isLoaded(system, unit)) await system.sleep(500, deadline.signal)
  }
  const mount = exportMount(system, parameters.machine)
  if (mount === undefined) return
  await tolerate(context, async () => {
    const bounds = { signal: deadline.signal, timeoutSeconds: TOOL_SECONDS }
    // as systemd-nspawn itself: what still uses it keeps it for itself
    await runToSuccess(system, umount, ['-c', '--lazy', '--', mount.mountPoint], bounds)
    await ignoreMissing(() => system.removeDirectory(mount.mountPoint))
  })
}

/** Removes the copy of the settings, which the next container of this name may not have. */
export async function removeSettings(context: ContainerContext): Promise<void> {
  const { parameters, system } = context
  const copy = settingsCopy(parameters.machine)
  if (parameters.settings !== undefined && exists(system, copy))
    await tolerate(context, () => ignoreMissing(() => system.remove(copy)))
}

/**
 * Asks systemd to stop the unit, without waiting: it signals systemd-nspawn, and starts it no more. Without the job mode, the unit would
 * stop only after Pacemaker, before which it is ordered, and Pacemaker waits for this.
 * @throws Error when systemd does not take the request.
 */
export async function requestStop({ parameters, system, deadline }: ContainerContext): Promise<void> {
  const args = ['--no-block', '--job-mode', 'ignore-dependencies', 'stop', '--', unitOf(parameters.machine)]
  const timeoutSeconds = Math.min(REQUEST_SECONDS, deadline.remainingSeconds() / 4)
  const { status, stderr } = await system.run(systemctl, args, { signal: deadline.signal, timeoutSeconds })
  if (status !== 0) throw new Error(`systemd does not stop ${unitOf(parameters.machine)}: ${stderr.trim()}`)
}

/** A failed unit stays until it is reset; one that is about to start again is stopped. */
async function forgetUnit(context: ContainerContext, unit: string): Promise<void> {
  const { system, deadline } = context
  const bounds = { signal: deadline.signal, timeoutSeconds: TOOL_SECONDS }
  const { active } = await unitState(system, unit, bounds)
  if (active === 'failed') await system.run(systemctl, ['reset-failed', '--', unit], bounds)
  const isAboutToStart = active === 'activating' || active === 'active'
  if (isAboutToStart && containerOf(system, context.parameters.machine) === undefined) await requestStop(context)
}

async function tolerate({ log }: ContainerContext, act: () => Promise<unknown>): Promise<void> {
  try {
    await act()
  } catch (error) {
    if (error instanceof DeadlineReached || !(error instanceof Error)) throw error
    log.warn(`something of the container is left: ${errorText(error)}`)
  }
}
