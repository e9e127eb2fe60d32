import { DeadlineReached } from '../../ocf/deadline.ts'
import { failed } from '../../ocf/exit.ts'
import { errorText } from '../../system/error-text.ts'
import { processesBelow } from '../../system/nspawn/cgroup.ts'
import { type Container, containerOf } from '../../system/nspawn/containers.ts'
import { cgroupOf, unitOf, unitState } from '../../system/nspawn/unit.ts'
import type { Process } from '../../system/proc/process-stat.ts'
import { hasNotEnded, processAt } from '../../system/proc/processes.ts'
import { inspect, type Seen } from './inspect.ts'
import { removeRemains, removeSettings, requestStop } from './leftovers.ts'
import type { ContainerContext } from './parameters.ts'
import { shutdownSignal } from './unit-arguments.ts'

/** How long systemd may take to begin a stop that it has accepted, and to answer whether it has. */
const BEGIN_SECONDS = 3
const ANSWER_SECONDS = 5

/** How long systemd-nspawn may take to end itself after the init; it may wait for a systemd-machined that hangs. */
const END_SECONDS = 5

/** How long systemd-nspawn may take to terminate the container, which it does by SIGKILL. */
const TERMINATE_SECONDS = 10

/** How long the kernel may take to end killed processes that wait for no disk. */
const KILL_SECONDS = 15

const PAUSE_MILLISECONDS = 200

/**
 * Shuts the container down, then terminates it, then has the kernel kill it; none of this needs D-Bus, systemd-machined or the container's
 * help. Returns what is seen if processes remain that were killed and only wait for a disk: they will never run again.
 */
export async function stopContainer(context: ContainerContext): Promise<Seen> {
  const { parameters } = context
  const seen = await inspect(context)
  const { container } = seen
  if (container === undefined && seen.transition !== undefined) await tolerate(context, () => requestStop(context))
  const isGone = container === undefined || (await endContainer(context, container))
  if (!isGone) return { ...seen, isDying: true }
  context.step(`removing what is left of ${parameters.machine}`)
  await removeRemains(context)
  await removeSettings(context)
  const after = await inspect(context)
  // of what it was asked to stop, systemd starts nothing, even if it does not answer any more
  return after.transition === 'starting' ? after : { ...after, transition: undefined }
}

/** Whether all of its processes have ended. @throws OcfError when some have neither ended nor been killed. */
async function endContainer(context: ContainerContext, container: Container): Promise<boolean> {
  const { parameters, deadline, log } = context
  const { machine, shutdown_timeout } = parameters
  await thaw(context, container)
  await shutDown(context, container)
  const seconds = deadline.remainingSeconds()
  const patience = Math.min(shutdown_timeout, (seconds * 2) / 3)
  const end = (doing: string, atMost: number, hasInit = () => true) =>
    waitForEnd(context, container, { doing, seconds: atMost, hasInit })
  const hasInit = () => present(context, container.init) !== undefined
  if (await end(`waiting until ${machine} has shut down`, patience, hasInit)) return true
  log.warn(
    hasInit()
      ? `${machine} has not shut down within ${Math.round(patience)} s: terminating it`
      : `systemd-nspawn has not ended after the init of ${machine}: terminating it`,
  )
  terminate(context, container)
  if (await end(`waiting until systemd-nspawn has terminated ${machine}`, Math.min(TERMINATE_SECONDS, seconds / 12)))
    return true
  log.warn(`systemd-nspawn has not terminated ${machine}: killing all of its processes`)
  await kill(context, container)
  if (await end(`waiting until the killed processes of ${machine} have ended`, Math.min(KILL_SECONDS, seconds / 8)))
    return true
  return areDying(context, container)
}

interface Wait {
  readonly doing: string
  readonly seconds: number
  /** Whether there is still an init for which to wait so long. */
  readonly hasInit: () => boolean
}

/** Waits until the container has ended, and returns whether it has. */
async function waitForEnd(context: ContainerContext, container: Container, wait: Wait): Promise<boolean> {
  const { system, deadline, step } = context
  const end = system.now() + wait.seconds * 1000
  let seen = system.now()
  step(wait.doing)
  while (isThere(context, container) && system.now() < end && system.now() < seen + END_SECONDS * 1000) {
    if (wait.hasInit()) seen = system.now()
    await system.sleep(PAUSE_MILLISECONDS, deadline.signal)
  }
  return !isThere(context, container)
}

function isThere(context: ContainerContext, container: Container): boolean {
  const { system, parameters } = context
  return isOwn(context, container)
    ? containerOf(system, parameters.machine) !== undefined
    : remaining(context, container).length > 0
}

function isOwn({ parameters }: ContainerContext, { unit }: Container): boolean {
  return unit === unitOf(parameters.machine)
}

/** A container that was started by hand has the processes that its supervisor and init keep alive. */
function remaining(context: ContainerContext, container: Container): Process[] {
  const { system } = context
  if (isOwn(context, container)) return processesBelow(system, cgroupOf(container.unit))
  return [container.supervisor, container.init].flatMap(process => present(context, process) ?? [])
}

function present({ system }: ContainerContext, process: Process | undefined): Process | undefined {
  const now = process && processAt(system, process.pid)
  return now?.startTime === process?.startTime && now && hasNotEnded(now) ? now : undefined
}

/** systemd is asked, so that it does not start the container again; a signal does the same if systemd does not answer. */
async function shutDown(context: ContainerContext, container: Container): Promise<void> {
  const { parameters, system, log, step } = context
  step(`shutting ${parameters.machine} down`)
  if (isOwn(context, container)) {
    try {
      await requestStop(context)
      if (await hasBegun(context, container)) return
      log.warn('systemd has accepted the stop, but not begun it: signalling the container instead')
    } catch (error) {
      if (error instanceof DeadlineReached || !(error instanceof Error)) throw error
      log.warn(`${errorText(error)}: signalling the container instead`)
    }
  }
  const supervisor = present(context, container.supervisor)
  if (supervisor === undefined) return
  const [signal, init] = [shutdownSignal(system, supervisor), present(context, container.init)]
  // a systemd that is only slow sends SIGTERM, too, and systemd-nspawn has the init shut down upon the first one, and kills it upon the second
  if (signal !== undefined && init !== undefined) system.signal(init.pid, signal)
  else system.signal(supervisor.pid, 'SIGTERM')
}

/** Whether systemd stops the unit, and does not wait for something else first. Any answer but that it still runs is one that it does. */
async function hasBegun(context: ContainerContext, container: Container): Promise<boolean> {
  const { parameters, system, deadline } = context
  const doing = `waiting until ${parameters.machine} has shut down`
  const seconds = Math.min(BEGIN_SECONDS, deadline.remainingSeconds() / 20)
  if (await waitForEnd(context, container, { doing, seconds, hasInit: () => true })) return true
  let active = 'deactivating'
  await tolerate(context, async () => {
    const timeoutSeconds = Math.min(ANSWER_SECONDS, deadline.remainingSeconds() / 4)
    active = (await unitState(system, unitOf(parameters.machine), { signal: deadline.signal, timeoutSeconds })).active
  })
  return active !== 'active'
}

/** systemd-nspawn kills the init upon a second SIGTERM, and ends in an orderly way itself. */
function terminate(context: ContainerContext, container: Container): void {
  const { system, parameters } = context
  const now = isOwn(context, container) ? containerOf(system, parameters.machine) : container
  const supervisor = present(context, now?.supervisor)
  if (supervisor !== undefined) system.signal(supervisor.pid, 'SIGTERM')
}

/** The kernel kills a control group as a whole; the end of an init kills all processes of its container. */
async function kill(context: ContainerContext, container: Container): Promise<void> {
  const { system } = context
  if (isOwn(context, container)) {
    const isKilled = await tolerate(context, () => system.write(`${cgroupOf(container.unit)}/cgroup.kill`, '1'))
    if (isKilled) return
  }
  for (const { pid } of remaining(context, container)) system.signal(pid, 'SIGKILL')
}

/** Frozen processes do not react to a request. */
async function thaw(context: ContainerContext, { isFrozen, unit }: Container): Promise<void> {
  if (isFrozen) await tolerate(context, () => context.system.write(`${cgroupOf(unit)}/cgroup.freeze`, '0'))
}

/** False if all that remain wait in the kernel. @throws OcfError for others. */
function areDying(context: ContainerContext, container: Container): boolean {
  const { parameters, log } = context
  const left = remaining(context, container)
  const names = left.map(({ name, pid }) => `${name} (pid ${pid})`).join(', ')
  if (!left.every(process => process.state === 'D' || !hasNotEnded(process)))
    throw failed(`processes of ${parameters.machine} survive SIGKILL: ${names}`)
  log.warn(`killed ${parameters.machine}; the kernel will end ${names} when their disk answers or fails`)
  return left.length === 0
}

/** Whether it succeeded. */
async function tolerate({ log }: ContainerContext, act: () => Promise<unknown>): Promise<boolean> {
  try {
    await act()
    return true
  } catch (error) {
    if (error instanceof DeadlineReached || !(error instanceof Error)) throw error
    log.warn(errorText(error))
    return false
  }
}
