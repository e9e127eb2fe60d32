import type { Health } from '../../ocf/state.ts'
import { withTimeout } from '../../ocf/timeout.ts'
import { blockedIo, kernelName } from '../../system/block/block-devices.ts'
import { exists } from '../../system/files.ts'
import { containerOf } from '../../system/nspawn/containers.ts'
import { systemctl } from '../../system/nspawn/unit.ts'
import { visibleMount } from '../../system/proc/mount-namespaces.ts'
import { mountInfo } from '../../system/proc/mountinfo.ts'
import { lastOutput } from '../../system/system.ts'
import type { ContainerContext } from './parameters.ts'

/** Seconds before the deadline, reserved for the reason. */
const RESERVE_SECONDS = 1

/**
 * Level 10: asks the container's own systemd for its state, through the D-Bus in the container. Another init, and one without D-Bus, is not
 * asked: there is nothing more to see than that it runs. It never fails: a restart would stop services that may be healthy, and one that
 * does not answer may only wait for a disk or a CPU.
 */
export async function deepMonitor(context: ContainerContext): Promise<Health> {
  const { parameters, system, deadline, step } = context
  const { machine } = parameters
  const container = containerOf(system, machine)
  if (container?.init?.name !== 'systemd') return {}
  if (!exists(system, `/proc/${container.init.pid}/root/run/dbus/system_bus_socket`)) return {}
  // no wait for the answer of one that waits itself: after a start, Pacemaker waits for this
  const before = blockedHealth(context)
  if (before !== undefined) return before
  step(`asking the systemd of ${machine}`)
  const seconds = Math.max(1, deadline.remainingSeconds() - RESERVE_SECONDS)
  const args = ['--machine', machine, 'is-system-running']
  const finished = await withTimeout(deadline, seconds, signal => system.run(systemctl, args, { signal }))
  if (finished === undefined)
    return (
      blockedHealth(context) ?? {
        interrupted: `the systemd of ${machine} did not answer within ${Math.round(seconds)} s`,
      }
    )
  const state = finished.stdout.trim()
  if ((state === 'running' && finished.status === 0) || BOOTING.includes(state)) return {}
  if (state === 'degraded')
    return { degraded: `services of ${machine} have failed: run "systemctl -M ${machine} --failed"` }
  if (state === 'maintenance') return { degraded: `${machine} is in rescue or emergency mode` }
  if (state === 'stopping') return { interrupted: `${machine} is shutting down` }
  // a D-Bus that cannot be reached tells nothing about the services, and may only be about to start, as after a reboot
  return { interrupted: `the systemd of ${machine} cannot be asked: ${lastOutput(finished) || state}` }
}

/** @see systemctl(1), is-system-running */
const BOOTING: readonly string[] = ['initializing', 'starting']

/** Undefined when nothing blocks the I/O of the tree. */
function blockedHealth({ parameters, system }: ContainerContext): Health | undefined {
  const mount = visibleMount(mountInfo(system), parameters.directory)
  const name = mount && kernelName(system, mount.device)
  const blocked = name === undefined ? undefined : blockedIo(system, name)
  if (blocked?.isRecovery) return { interrupted: blocked.reason }
  return blocked && { degraded: blocked.reason }
}
